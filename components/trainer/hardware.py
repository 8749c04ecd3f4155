"""What the machine must be, as far as can be told without TensorFlow."""

import os

from schemas.errors import ConfigError


def check_one_machine() -> None:
    """One machine is what is supported.

    Raises:
      ConfigError: TF_CONFIG, which describes several, is set.
    """
    if os.environ.get("TF_CONFIG"):
        raise ConfigError(
            "TF_CONFIG is set, expected none: training runs on one machine with any number of "
            "GPUs (train.devices). Unset it."
        )


def check_xla_replicas(gpus: int, replicas: int) -> None:
    """Raise ConfigError unless one GPU trains: where XLA was asked for it must be of use."""
    if not gpus:
        raise ConfigError(
            "train.xla is 'on', but the CPU trains: XLA is 14 times slower there. Set "
            "train.xla=auto."
        )
    if replicas > 1:
        raise ConfigError(
            f"train.xla is 'on' for {replicas} replicas, expected one GPU: TensorFlow fails to "
            "compile a step over several. Set train.xla=auto, or name one GPU in train.devices."
        )
