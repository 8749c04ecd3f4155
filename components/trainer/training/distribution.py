"""Devices, distribution strategy and precision of a training."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import tensorflow as tf

# Not part of the public API, which only turns it on (tf.config.experimental of TensorFlow 2.16).
from tensorflow.python.framework.config import disable_op_determinism

from components.trainer.hardware import check_xla_replicas
from schemas.config.train import TrainConfig
from schemas.errors import ConfigError

_BFLOAT16_FROM = (8, 0)  # Compute capability of the first GPUs that multiply bfloat16 (Ampere).


def prepare_devices(config: TrainConfig) -> None:
    """Hide the GPUs that do not train, and let the memory of the others grow.

    All steps of a local run share the process, and TensorFlow takes whole GPUs when it starts: call
    this before anything starts TensorFlow. A second call in the same process does nothing.

    Raises:
      ConfigError: a named GPU does not exist, or the settings do not suit the devices.
    """
    gpus = tf.config.list_physical_devices("GPU")
    chosen = [gpus[number] for number in gpu_numbers(config, len(gpus))]
    replicas = max(len(chosen), 1)
    if config.xla == "on":
        check_xla_replicas(len(chosen), replicas)
    _check_batch(config, replicas)
    tf.config.set_visible_devices(chosen, "GPU")
    for gpu in chosen:
        tf.config.experimental.set_memory_growth(gpu, True)


def gpu_numbers(config: TrainConfig, gpus: int) -> list[int]:
    """Numbers of the GPUs, of so many in the machine, that train; empty: the CPU trains.

    Raises:
      ConfigError: a named GPU does not exist.
    """
    if config.devices == "cpu":
        return []
    if config.devices == "auto":
        return list(range(gpus))
    if missing := [number for number in config.devices if number not in range(gpus)]:
        raise ConfigError(
            f"train.devices names GPU {missing[0]}, but this machine shows {gpus} GPU(s). "
            "Name others, or use train.devices=auto."
        )
    return list(config.devices)


def make_strategy(config: TrainConfig) -> tf.distribute.MirroredStrategy:
    """A MirroredStrategy over the configured devices: the named GPUs, all of them, or the CPUs.

    Raises:
      ConfigError: a named GPU does not exist, or the replicas do not divide the batch.
    """
    gpus = tf.config.list_physical_devices("GPU")
    visible = tf.config.get_visible_devices("GPU")
    logical = tf.config.list_logical_devices("GPU")  # In the order of the visible ones.
    names = [logical[visible.index(gpus[number])].name for number in gpu_numbers(config, len(gpus))]
    # On CPUs the default reduction aborts the process when a second strategy is made in it.
    reduction = None if names else tf.distribute.ReductionToOneDevice()
    names = names or [cpu.name for cpu in tf.config.list_logical_devices("CPU")]
    _check_batch(config, len(names))
    return tf.distribute.MirroredStrategy(names, cross_device_ops=reduction)


def _check_batch(config: TrainConfig, replicas: int) -> None:
    if config.batch_size % replicas:
        raise ConfigError(
            f"train.batch_size={config.batch_size} is no multiple of the {replicas} replicas: it "
            "is the images a step over all of them."
        )


def precision_policy(config: TrainConfig) -> str:
    """The Keras dtype policy of the config, or with `auto` the fastest of the devices.

    float32 on the CPU: on most of them oneDNN has no fast path for narrower types.
    """
    if config.precision != "auto":
        return config.precision
    gpus = tf.config.list_physical_devices("GPU")
    details = [
        tf.config.experimental.get_device_details(gpus[number])
        for number in gpu_numbers(config, len(gpus))
    ]
    return auto_precision([detail.get("compute_capability") for detail in details])


def auto_precision(capabilities: Sequence[tuple[int, int] | None]) -> str:
    """The Keras dtype policy for GPUs of these compute capabilities; None: unknown.

    bfloat16 has the range of float32, so losses need no scaling; GPUs below 8.0 support float16
    only.
    """
    if not capabilities or None in capabilities:
        return "float32"
    old = any(capability < _BFLOAT16_FROM for capability in capabilities if capability)
    return "mixed_float16" if old else "mixed_bfloat16"


def use_xla(config: TrainConfig, strategy: tf.distribute.Strategy) -> bool:
    """Whether XLA compiles the step. `auto` means no, as in Keras under every strategy.

    On a CPU it is 14 times slower, over several replicas it fails, on one GPU it was not measured.

    Raises:
      ConfigError: `on` for a CPU or several replicas.
    """
    if config.xla != "on":
        return False
    gpus = [name for name in strategy.extended.worker_devices if "GPU" in name]
    check_xla_replicas(len(gpus), strategy.num_replicas_in_sync)
    return True


@contextmanager
def determinism(config: TrainConfig) -> Iterator[None]:
    """Deterministic operations, if `train.deterministic` is set.

    The setting is global to the process and is reset afterwards: the other steps stay fast.
    """
    if config.deterministic:
        tf.config.experimental.enable_op_determinism()
    try:
        yield
    finally:
        if config.deterministic:
            disable_op_determinism()
