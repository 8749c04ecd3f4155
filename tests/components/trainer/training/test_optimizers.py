"""The optimizer, and its learning rate at each step against formulas by hand."""

import math
from typing import Any

import keras
import pytest

from components.trainer.training.optimizers import SCHEDULES, learning_rate, optimizer
from schemas.config.train import TrainConfig

pytestmark = pytest.mark.tf

RATE = 0.25
STEPS = 10  # An epoch.
EPOCHS = 4


def rates(steps: int = STEPS, **settings: Any) -> list[float]:
    """The rate of each step of a training, the one after its end included."""
    config = TrainConfig(learning_rate=RATE, **{"epochs": EPOCHS, **settings})
    rate = learning_rate(config, steps)
    sgd = keras.optimizers.SGD(rate)
    found = []
    for step in range(config.epochs * steps + 1):
        sgd.iterations.assign(step)
        found.append(float(sgd.learning_rate))
    return found


def cosine(done: float) -> float:
    return RATE * (1 + math.cos(math.pi * done)) / 2


def test_cosine_decays_from_the_rate_to_0_over_all_epochs() -> None:
    assert rates(schedule="cosine") == pytest.approx(
        [cosine(step / 40) for step in range(41)], abs=1e-7
    )


def test_constant_stays() -> None:
    assert rates(schedule="constant") == [RATE] * 41


def test_inverse_equals_the_decay_of_older_optimizers() -> None:
    expected = [RATE / (1 + 0.01 * step) for step in range(41)]

    assert rates(schedule="inverse", decay=0.01) == pytest.approx(expected)


def test_plateau_starts_as_constant() -> None:
    assert rates(schedule="plateau") == [RATE] * 41


@pytest.mark.parametrize(
    ("settings", "after"),
    [
        ({"schedule": "constant"}, lambda _: RATE),
        ({"schedule": "inverse", "decay": 0.5}, lambda step: RATE / (1 + 0.5 * step)),
        ({"schedule": "cosine"}, lambda step: cosine(step / 25)),
    ],
    ids=["constant", "inverse", "cosine"],
)
def test_warm_up_is_linear_and_then_the_schedule_starts(settings: Any, after: Any) -> None:
    found = rates(warmup_epochs=1.5, **settings)

    assert found[:15] == pytest.approx([RATE * step / 15 for step in range(15)])
    assert found[15:] == pytest.approx([after(step) for step in range(26)], abs=1e-7)


@pytest.mark.parametrize(("share", "rise"), [(0.001, 1), (0.1, 1), (0.34, 3), (0.999, 9)], ids=str)
def test_a_warm_up_has_one_step_at_least_and_leaves_one(share: float, rise: int) -> None:
    found = rates(schedule="constant", warmup_epochs=share, epochs=1)

    assert found == pytest.approx([RATE * min(step / rise, 1) for step in range(11)])


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_training_of_a_single_step_has_the_whole_rate(schedule: str) -> None:
    settings = {"decay": 0.5} if schedule == "inverse" else {}

    found = rates(1, schedule=schedule, epochs=1, warmup_epochs=0.5, **settings)

    assert found[0] == RATE


@pytest.mark.parametrize(
    ("settings", "kind", "momentum"),
    [
        ({}, keras.optimizers.Adam, None),
        ({"optimizer": "sgd"}, keras.optimizers.SGD, 0.0),
        ({"optimizer": "sgd", "momentum": 0.9}, keras.optimizers.SGD, 0.9),
    ],
    ids=["adam", "sgd", "sgd with momentum"],
)
def test_the_optimizer_is_the_configured_one(
    settings: dict[str, Any], kind: Any, momentum: float | None
) -> None:
    found = optimizer(TrainConfig(schedule="constant", learning_rate=0.25, **settings), 10)

    assert type(found) is kind
    assert getattr(found, "momentum", None) == momentum
    assert float(found.learning_rate) == 0.25
