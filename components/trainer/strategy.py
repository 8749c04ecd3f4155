"""Where a model trains: the devices, and how a batch is divided over them."""

import tensorflow as tf

from schemas.errors import ConfigError
from schemas.train_config import TrainConfig


def make_strategy(config: TrainConfig) -> tf.distribute.MirroredStrategy:
    """A MirroredStrategy over the configured devices: the named GPUs, all of them, or the CPUs.

    Raises:
      ConfigError: no GPU named, one that is not there or is named twice, or a batch that the
        replicas do not divide.
    """
    gpus = tf.config.list_logical_devices("GPU")
    if isinstance(config.devices, tuple):
        _check_numbers(config.devices, len(gpus))
        names = [gpus[number].name for number in config.devices]
    elif config.devices == "auto" and gpus:
        names = [gpu.name for gpu in gpus]
    else:
        names = [cpu.name for cpu in tf.config.list_logical_devices("CPU")]
    # On CPUs the default reduction aborts the process when a second strategy is made in it.
    reduction = None if "GPU" in names[0] else tf.distribute.ReductionToOneDevice()
    strategy = tf.distribute.MirroredStrategy(names, cross_device_ops=reduction)
    if config.batch_size % strategy.num_replicas_in_sync:
        raise ConfigError(
            f"train.batch_size={config.batch_size} is no multiple of the "
            f"{strategy.num_replicas_in_sync} replicas: it is the images a step over all of them."
        )
    return strategy


def _check_numbers(numbers: tuple[int, ...], gpus: int) -> None:
    """Raise ConfigError unless the numbers are of different GPUs, and of one at least."""
    if not numbers or len(set(numbers)) < len(numbers):
        raise ConfigError(
            f"train.devices is {list(numbers)}, expected one or more different GPU numbers. "
            "Name them, or use train.devices=auto."
        )
    if missing := [number for number in numbers if number not in range(gpus)]:
        raise ConfigError(
            f"train.devices names GPU {missing[0]}, but this machine shows {gpus} GPU(s). "
            "Name others, or use train.devices=auto."
        )


def precision_policy(config: TrainConfig) -> str:
    """The Keras dtype policy: what the config names; `auto` is float16 on GPUs, else float32."""
    if config.precision != "auto":
        return config.precision
    on_gpu = config.devices != "cpu" and tf.config.list_logical_devices("GPU")
    return "mixed_float16" if on_gpu else "float32"
