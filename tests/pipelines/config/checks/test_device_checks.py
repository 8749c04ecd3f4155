"""Settings of devices that contradict each other."""

from typing import Any

import pytest

from components.trainer.hardware import check_xla_replicas
from pipelines.config.checks.device_checks import check_devices, check_plateau
from schemas.config.train import TrainConfig
from schemas.errors import ConfigError


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
def test_what_contradicts_itself_is_told_with_the_mend(
    settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        check_devices(TrainConfig(**settings))


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
def test_what_may_be_right_on_some_machine_passes(settings: dict[str, Any]) -> None:
    check_devices(TrainConfig(**settings))


def test_xla_takes_one_gpu_and_nothing_else() -> None:
    check_xla_replicas(1, 1)

    for gpus, replicas in ((0, 1), (2, 2)):
        with pytest.raises(ConfigError, match=r"train\.xla is 'on'.*train\.xla=auto"):
            check_xla_replicas(gpus, replicas)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"plateau_patience": 2}, r"plateau_patience is 2, but train\.schedule is 'cosine'"),
        (
            {"schedule": "plateau", "plateau_patience": 5, "patience": 5},
            r"plateau_patience is 5 and train\.patience 5: training would stop before",
        ),
    ],
)
def test_a_patience_without_effect_is_told(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        check_plateau(TrainConfig(**settings))


@pytest.mark.parametrize(
    "settings",
    [{}, {"schedule": "plateau"}, {"schedule": "plateau", "plateau_patience": 9}],
)
def test_a_plateau_that_comes_before_the_end_passes(settings: dict[str, Any]) -> None:
    check_plateau(TrainConfig(**settings))
