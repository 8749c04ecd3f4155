"""Devices and precision on a machine without GPUs."""

import subprocess
import sys
from typing import Any

import pytest
import tensorflow as tf
from tensorflow.python.framework.config import is_op_determinism_enabled

from components.trainer.training.distribution import (
    auto_precision,
    determinism,
    gpu_numbers,
    make_strategy,
    precision_policy,
    prepare_devices,
    use_xla,
)
from schemas.config.train import TrainConfig
from schemas.errors import ConfigError
from tests.repository import environment

pytestmark = [
    pytest.mark.tf,
    pytest.mark.skipif(bool(tf.config.list_physical_devices("GPU")), reason="there is a GPU"),
]


@pytest.mark.parametrize("devices", ["auto", "cpu"])
def test_without_gpus_the_cpu_trains_in_float32(devices: str) -> None:
    config = TrainConfig(batch_size=3, devices=devices)  # type: ignore[arg-type] # a parameter

    assert make_strategy(config).num_replicas_in_sync == 1
    assert precision_policy(config) == "float32"


def test_a_named_precision_is_used() -> None:
    assert precision_policy(TrainConfig(precision="mixed_bfloat16")) == "mixed_bfloat16"


@pytest.mark.parametrize("devices", [(0,), (3, 5)], ids=["first", "two"])
def test_a_missing_gpu_is_an_error_with_its_number(devices: tuple[int, ...]) -> None:
    with pytest.raises(ConfigError, match=rf"names GPU {devices[0]}.*shows 0 GPU.*devices=auto"):
        make_strategy(TrainConfig(devices=devices))


@pytest.mark.parametrize(
    ("devices", "gpus", "numbers"),
    [("cpu", 2, []), ("auto", 0, []), ("auto", 2, [0, 1]), ((3, 1), 4, [3, 1])],
)
def test_the_gpus_that_train_are_the_named_ones_or_all(
    devices: Any, gpus: int, numbers: list[int]
) -> None:
    assert gpu_numbers(TrainConfig(devices=devices), gpus) == numbers


@pytest.mark.parametrize(
    ("capabilities", "policy"),
    [
        ([], "float32"),
        ([(8, 0)], "mixed_bfloat16"),
        ([(9, 0), (8, 6)], "mixed_bfloat16"),
        ([(7, 5)], "mixed_float16"),
        ([(8, 0), (7, 0)], "mixed_float16"),
        ([None], "float32"),
        ([(8, 0), None], "float32"),
    ],
    ids=["CPU", "A100", "H100 and A10", "T4", "A100 and V100", "unknown", "one unknown"],
)
def test_auto_precision_is_supported_by_every_gpu(
    capabilities: list[tuple[int, int] | None], policy: str
) -> None:
    assert auto_precision(capabilities) == policy


def test_xla_is_off_by_default_and_refused_on_the_cpu() -> None:
    strategy = make_strategy(TrainConfig(batch_size=1))

    assert not use_xla(TrainConfig(), strategy)
    assert not use_xla(TrainConfig(xla="off"), strategy)
    for check in (lambda config: use_xla(config, strategy), prepare_devices):
        with pytest.raises(ConfigError, match="the CPU trains: XLA is 14 times slower there"):
            check(TrainConfig(xla="on"))


def test_devices_are_checked_and_prepared_before_anything_starts_tensorflow() -> None:
    """In a separate process, with all imports of the local runner."""
    trial = """
import tensorflow as tf
from pipelines.local import launch
from schemas.config.train import TrainConfig
launch.prepare_devices(TrainConfig())
launch.prepare_devices(TrainConfig())
cpu = tf.config.list_physical_devices("CPU")[0]
# Raises RuntimeError once TensorFlow has started, as setting memory growth would.
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
print(len(tf.config.list_logical_devices("CPU")))
launch.prepare_devices(TrainConfig())
"""
    done = subprocess.run(
        [sys.executable, "-c", trial],
        env=environment(),
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.split() == ["2"]


def test_operations_are_deterministic_only_during_a_deterministic_training() -> None:
    def is_on() -> bool:
        return bool(is_op_determinism_enabled())

    def fail_in(config: TrainConfig) -> None:
        with determinism(config):
            found.append(is_on())
            raise KeyError

    found: list[bool] = []
    for config in (TrainConfig(), TrainConfig(deterministic=True), TrainConfig()):
        with pytest.raises(KeyError):
            fail_in(config)
        found.append(is_on())

    assert found == [False, False, True, False, False, False]


def test_two_strategies_may_follow_each_other_in_one_process() -> None:
    for _ in range(2):
        with make_strategy(TrainConfig(batch_size=1, devices="cpu")).scope():
            assert tf.Variable(2.0).numpy() == 2.0
