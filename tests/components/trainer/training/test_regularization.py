"""The L2 penalty in training, and not in the validation loss."""

import keras
import numpy as np
import pytest

from components.trainer.models import builders
from components.trainer.models.spec import ModelSpec
from components.trainer.training.callbacks import SubtractRegularization
from schemas.config.train import NetConfig

pytestmark = pytest.mark.tf

IMAGES = np.random.default_rng(0).uniform(-1, 1, (12, 4, 4, 3)).astype(np.float32)
AGES = np.arange(12) % 8


def trained(l2: float, epochs: int = 1, rate: float = 0.05) -> keras.callbacks.History:
    spec = ModelSpec(4, (("age", 8),), seed=0, net=NetConfig(units=(6,), l2=l2))
    model = builders.build("mlp", spec)
    model.compile(keras.optimizers.SGD(rate), {"age": keras.losses.SparseCategoricalCrossentropy()})
    return model.fit(
        IMAGES, {"age": AGES}, batch_size=4, epochs=epochs, shuffle=False, verbose=0,
        validation_data=(IMAGES, {"age": AGES}), callbacks=[SubtractRegularization()],
    )  # fmt: skip


def test_the_validation_loss_excludes_the_penalty_which_is_reported_beside_it() -> None:
    history = trained(l2=0.2)

    found = history.model.predict(IMAGES, verbose=0)["age"]
    kernels = [weight for weight in history.model.get_weights() if weight.ndim > 1]
    cross_entropy = -np.log(found[np.arange(12), AGES]).mean()
    penalty = 0.2 * sum(np.square(kernel).sum() for kernel in kernels)
    assert penalty > 0.5
    assert history.history["val_loss"][0] == pytest.approx(cross_entropy, rel=1e-4)
    assert history.history["penalty"][0] == pytest.approx(penalty, rel=1e-5)


def test_the_penalty_is_minimized() -> None:
    free, bound = (
        sum(np.square(w).sum() for w in trained(l2, epochs=8).model.get_weights() if w.ndim > 1)
        for l2 in (0.0, 0.2)
    )

    assert bound < free / 2


def test_without_l2_no_penalty_is_reported() -> None:
    assert set(trained(l2=0.0).history) == {"loss", "val_loss"}
