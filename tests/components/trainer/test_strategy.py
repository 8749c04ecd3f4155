"""Devices and precision on a machine without GPUs."""

import pytest
import tensorflow as tf

from components.trainer.strategy import make_strategy, precision_policy
from schemas.errors import ConfigError
from schemas.train_config import TrainConfig

pytestmark = [
    pytest.mark.tf,
    pytest.mark.skipif(bool(tf.config.list_physical_devices("GPU")), reason="there is a GPU"),
]


@pytest.mark.parametrize("devices", ["auto", "cpu"])
def test_without_gpus_the_cpu_trains_in_float32(devices: str) -> None:
    config = TrainConfig(batch_size=3, devices=devices)  # type: ignore[arg-type] # a parameter

    assert make_strategy(config).num_replicas_in_sync == 1
    assert precision_policy(config) == "float32"


def test_a_named_precision_is_taken() -> None:
    assert precision_policy(TrainConfig(precision="mixed_bfloat16")) == "mixed_bfloat16"


@pytest.mark.parametrize("devices", [(0,), (3, 5)], ids=["first", "two"])
def test_a_gpu_that_is_not_there_is_an_error_that_names_it(devices: tuple[int, ...]) -> None:
    with pytest.raises(ConfigError, match=rf"names GPU {devices[0]}.*shows 0 GPU.*devices=auto"):
        make_strategy(TrainConfig(devices=devices))


def test_a_negative_gpu_number_is_an_error() -> None:
    with pytest.raises(ConfigError, match="names GPU -1"):
        make_strategy(TrainConfig(devices=(-1,)))


@pytest.mark.parametrize("devices", [(), (0, 0)], ids=["none", "twice"])
def test_a_list_without_different_gpus_is_an_error(devices: tuple[int, ...]) -> None:
    with pytest.raises(ConfigError, match=r"train\.devices is .*expected one or more different"):
        make_strategy(TrainConfig(devices=devices))


def test_two_strategies_may_follow_each_other_in_one_process() -> None:
    for _ in range(2):
        with make_strategy(TrainConfig(batch_size=1, devices="cpu")).scope():
            assert tf.Variable(2.0).numpy() == 2.0
