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
