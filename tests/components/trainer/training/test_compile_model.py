"""Losses by head, and the optimizer."""

from typing import Any

import keras
import pytest

from components.trainer.training.losses import Coral, SoftLabels, losses
from components.trainer.training.optimizers import optimizer
from schemas.config.train import TrainConfig

pytestmark = pytest.mark.tf

PLAIN = keras.losses.SparseCategoricalCrossentropy


@pytest.mark.parametrize(
    ("ordinal", "of_age"),
    [("cross_entropy", PLAIN), ("soft_labels", SoftLabels), ("coral", Coral)],
)
def test_the_ordered_loss_is_that_of_the_age_alone(ordinal: str, of_age: Any) -> None:
    found = losses(["age", "gender"], ordinal)

    assert {head: type(loss) for head, loss in found.items()} == {"age": of_age, "gender": PLAIN}
    assert {loss.reduction for loss in found.values()} == {"sum_over_batch_size"}


def test_every_ordinal_of_the_config_has_its_loss() -> None:
    kinds = {
        name: type(losses(["age"], name)["age"])
        for name in TrainConfig.__annotations__["ordinal"].__args__
    }

    assert len(set(kinds.values())) == len(kinds) == 3


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
