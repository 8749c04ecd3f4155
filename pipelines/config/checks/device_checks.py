"""Checks of the devices, without looking at the machine."""

from components.trainer.hardware import check_xla_replicas
from schemas.config.blocks import Config
from schemas.config.train import TrainConfig
from schemas.errors import ConfigError


def check_devices(config: Config) -> None:
    """GPUs are named once, and XLA is not asked for where it fails or slows down."""
    train = config.train
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
