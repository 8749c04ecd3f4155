"""Settings of devices that contradict each other."""

from dataclasses import replace
from typing import Any

import pytest

from components.trainer.hardware import check_xla_replicas
from pipelines.config.checks.device_checks import check_devices
from schemas.config.blocks import Config, DataConfig
from schemas.config.train import TrainConfig
from schemas.errors import ConfigError

CONFIG = Config("a", (DataConfig("adience"),))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"devices": ()}, r"train\.devices is \[\], expected one or more different GPU numbers"),
        ({"devices": (0, 0)}, r"train\.devices is \[0, 0\].*train\.devices=auto"),
        ({"devices": (-1,)}, r"train\.devices is \[-1\].*from 0 on"),
        ({"xla": "on", "devices": "cpu"}, "the CPU trains: XLA is 14 times slower"),
        ({"xla": "on", "devices": (0, 1)}, r"'on' for 2 replicas.*name one GPU in train\.devices"),
        ({"xla": "on", "deterministic": True}, r"train\.deterministic true, expected one of them"),
    ],
)
def test_contradictory_settings_are_refused_with_the_fix(
    settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        check_devices(replace(CONFIG, train=TrainConfig(**settings)))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"devices": "cpu"},
        {"devices": (3, 0)},
        {"devices": (1,), "xla": "on"},
        {"xla": "on"},
        {"xla": "off", "deterministic": True, "devices": (0, 1)},
    ],
)
def test_settings_that_suit_some_machine_pass(settings: dict[str, Any]) -> None:
    check_devices(replace(CONFIG, train=TrainConfig(**settings)))


def test_xla_takes_one_gpu_and_nothing_else() -> None:
    check_xla_replicas(1, 1)

    for gpus, replicas in ((0, 1), (2, 2)):
        with pytest.raises(ConfigError, match=r"train\.xla is 'on'.*train\.xla=auto"):
            check_xla_replicas(gpus, replicas)
