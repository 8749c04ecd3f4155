"""The learning rate at each step, against formulas by hand."""

import math
from typing import Any

import keras
import pytest

from components.trainer.training.optimizers import SCHEDULES, learning_rate
from schemas.config.train import TrainConfig

pytestmark = pytest.mark.tf

RATE = 0.25
STEPS = 10  # An epoch.
EPOCHS = 4


def rates(steps: int = STEPS, **settings: Any) -> list[float]:
    """The rate of each step of a training, the one after its end included."""
    config = TrainConfig(learning_rate=RATE, **{"epochs": EPOCHS, **settings})
    rate = learning_rate(config, steps)
    optimizer = keras.optimizers.SGD(rate)
    found = []
    for step in range(config.epochs * steps + 1):
        optimizer.iterations.assign(step)
        found.append(float(optimizer.learning_rate))
    return found


def cosine(done: float) -> float:
    return RATE * (1 + math.cos(math.pi * done)) / 2


def test_cosine_falls_from_the_rate_to_nothing_over_all_epochs() -> None:
    assert rates(schedule="cosine") == pytest.approx(
        [cosine(step / 40) for step in range(41)], abs=1e-7
    )


def test_constant_stays() -> None:
    assert rates(schedule="constant") == [RATE] * 41


def test_inverse_falls_as_the_decay_of_older_optimisers() -> None:
    expected = [RATE / (1 + 0.01 * step) for step in range(41)]

    assert rates(schedule="inverse", decay=0.01) == pytest.approx(expected)


def test_plateau_begins_as_constant() -> None:
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
def test_warm_up_rises_in_a_line_and_then_the_schedule_begins(settings: Any, after: Any) -> None:
    found = rates(warmup_epochs=1.5, **settings)

    assert found[:15] == pytest.approx([RATE * step / 15 for step in range(15)])
    assert found[15:] == pytest.approx([after(step) for step in range(26)], abs=1e-7)


@pytest.mark.parametrize(("share", "rise"), [(0.001, 1), (0.1, 1), (0.34, 3), (0.999, 9)], ids=str)
def test_a_warm_up_takes_one_step_at_least_and_leaves_one(share: float, rise: int) -> None:
    found = rates(schedule="constant", warmup_epochs=share, epochs=1)

    assert found == pytest.approx([RATE * min(step / rise, 1) for step in range(11)])


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_training_of_a_single_step_has_the_whole_rate(schedule: str) -> None:
    settings = {"decay": 0.5} if schedule == "inverse" else {}

    found = rates(1, schedule=schedule, epochs=1, warmup_epochs=0.5, **settings)

    assert found[0] == RATE
