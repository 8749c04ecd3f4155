"""Checks of the machine that need no TensorFlow."""

import os

from schemas.errors import ConfigError


def check_one_machine() -> None:
    """Check that no cluster is configured: training runs on one machine.

    Raises:
      ConfigError: TF_CONFIG, which describes several, is set.
    """
    if os.environ.get("TF_CONFIG"):
        raise ConfigError(
            "TF_CONFIG is set, expected none: training runs on one machine with any number of "
            "GPUs (train.devices). Unset it."
        )


def check_xla_replicas(gpus: int, replicas: int) -> None:
    """Raise ConfigError unless exactly one GPU trains: XLA is slow or fails elsewhere."""
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
