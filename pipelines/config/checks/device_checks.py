"""Settings of devices and of the plateau that contradict each other, told before data are read."""

from components.trainer.hardware import check_xla_replicas
from schemas.config.train import TrainConfig
from schemas.errors import ConfigError


def check_devices(train: TrainConfig) -> None:
    """What can be said of them without looking at the machine.

    Raises:
      ConfigError: no GPU named or one twice, or XLA where it fails or only slows down.
    """
    if isinstance(train.devices, tuple):
        numbers = train.devices
        if not numbers or len(set(numbers)) < len(numbers) or min(numbers) < 0:
            raise ConfigError(
                f"train.devices is {list(numbers)}, expected one or more different GPU numbers "
                "from 0 on. Name them, or use train.devices=auto."
            )
    if train.xla == "on":
        _check_xla(train)


def _check_xla(train: TrainConfig) -> None:
    if train.devices == "cpu":
        check_xla_replicas(0, 1)
    if isinstance(train.devices, tuple):
        check_xla_replicas(len(train.devices), len(train.devices))
    if train.deterministic:
        raise ConfigError(
            "train.xla is 'on' and train.deterministic true, expected one of them: Keras leaves "
            "XLA out of deterministic training. Set train.xla=auto."
        )


def check_plateau(train: TrainConfig) -> None:
    """Raise ConfigError on keys that contradict the plateau, or that only it reads."""
    default = TrainConfig().plateau_patience
    if train.schedule != "plateau":
        if train.plateau_patience != default:
            raise ConfigError(
                f"train.plateau_patience is {train.plateau_patience}, but train.schedule is "
                f"{train.schedule!r}: only plateau reads it. Remove it, or set "
                "train.schedule=plateau."
            )
    elif train.plateau_patience >= train.patience:
        raise ConfigError(
            f"train.plateau_patience is {train.plateau_patience} and train.patience "
            f"{train.patience}: training would stop before the rate is ever lowered. Lower "
            "train.plateau_patience, or raise train.patience."
        )
