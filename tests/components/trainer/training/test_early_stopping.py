"""Early stopping and plateaus, against Keras' own callbacks."""

import math
from typing import Any

import numpy as np
import pytest

from components.trainer.training.early_stopping import (
    FACTOR,
    best_epoch,
    count_plateaus,
    epochs_without_improvement,
)

NAN = math.nan


@pytest.mark.parametrize(
    ("losses", "best", "waiting"),
    [
        ([], None, 0),
        ([2.0], 0, 0),
        ([2.0, 1.0, 3.0], 1, 1),
        ([1.0, 1.0, 1.0], 0, 2),
        ([NAN, 2.0, NAN, NAN], 1, 2),
        ([NAN, math.inf], None, 2),
    ],
    ids=["none", "one", "second", "equal", "not a number", "never a number"],
)
def test_the_best_epoch_is_the_first_with_the_smallest_number(
    losses: list[float], best: int | None, waiting: int
) -> None:
    assert best_epoch(losses) == best
    assert epochs_without_improvement(losses) == waiting


@pytest.mark.tf
@pytest.mark.parametrize("patience", [1, 2, 3])
@pytest.mark.parametrize("seed", range(5))
def test_the_rate_falls_when_keras_would_lower_it(seed: int, patience: int) -> None:
    import keras

    losses = np.random.default_rng(seed).choice([1.0, 2.0, 3.0, 4.0, 5.0], 30).tolist()
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(1.0))
    plateau = keras.callbacks.ReduceLROnPlateau(
        "val_loss", factor=FACTOR, patience=patience, min_delta=0.0
    )
    plateau.set_model(model)
    plateau.on_train_begin()

    for epoch in range(30):
        logs: dict[str, Any] = {"val_loss": losses[epoch]}
        plateau.on_epoch_end(epoch, logs)
        expected = FACTOR ** count_plateaus(losses[: epoch + 1], patience)
        assert float(model.optimizer.learning_rate) == pytest.approx(expected, rel=1e-5)


@pytest.mark.tf
@pytest.mark.parametrize("seed", range(5))
def test_training_stops_when_keras_would_stop_it(seed: int) -> None:
    import keras

    losses = np.random.default_rng(seed).integers(1, 100, 60).astype(float).tolist()
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.stop_training = False
    stopping = keras.callbacks.EarlyStopping("val_loss", patience=4)
    stopping.set_model(model)
    stopping.on_train_begin()

    for epoch in range(60):
        stopping.on_epoch_end(epoch, {"val_loss": losses[epoch]})
        assert (epochs_without_improvement(losses[: epoch + 1]) >= 4) == model.stop_training
        if model.stop_training:
            break

    assert model.stop_training
