"""The head of CORAL."""

import keras
import numpy as np
import numpy.typing as npt
import pytest

from components.trainer.models import builders
from components.trainer.models.heads import CoralHead
from components.trainer.models.spec import ModelSpec
from components.trainer.training.losses import Coral

pytestmark = pytest.mark.tf

Floats = npt.NDArray[np.float64]
FEATURES = np.random.default_rng(0).normal(0, 3, (40, 5)).astype(np.float32)


def sigmoid(value: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-value)))


def by_hand(head: CoralHead, features: Floats) -> Floats:
    """Differences of the cumulative probabilities, in float64."""
    kernel, bias, *gaps = (weight.numpy().astype(np.float64) for weight in head.weights)
    biases = [bias[0]]
    for gap in gaps[0] if gaps else ():
        biases.append(biases[-1] - np.log1p(np.exp(gap)))
    above = sigmoid(features @ kernel + np.array(biases))
    ends = np.ones((len(features), 1)), np.zeros((len(features), 1))
    return np.asarray(-np.diff(np.hstack([ends[0], above, ends[1]]), axis=1))


@pytest.mark.parametrize("classes", [2, 3, 7, 8, 30])
def test_probabilities_are_differences_of_the_cumulative_ones(classes: int) -> None:
    head = CoralHead(classes, "glorot_uniform", name="age")
    head.build((None, 5))
    random = np.random.default_rng(classes)
    head.set_weights([random.normal(0, 2, weight.shape) for weight in head.weights])

    found = np.asarray(head(FEATURES))

    assert found.dtype == np.float32
    assert (found >= 0).all()
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(found, by_hand(head, FEATURES.astype(np.float64)), atol=1e-6)


@pytest.mark.parametrize("classes", [2, 8])
def test_before_training_a_score_of_0_favours_no_class(classes: int) -> None:
    head = CoralHead(classes, "glorot_uniform", name="age")

    found = np.asarray(head(np.zeros((1, 5), np.float32)))

    np.testing.assert_allclose(found, 1 / classes, rtol=1e-5)


def test_one_weight_vector_and_a_bias_for_each_threshold() -> None:
    model = builders.build("cnn3", ModelSpec(8, (("age", 8), ("gender", 2)), seed=0, coral=True))

    # cnn3 at side 8: 64 features, dense 128.
    assert model.get_layer("age").count_params() == 128 + 7
    assert model.get_layer("gender").count_params() == 128 * 2 + 2
    assert isinstance(model.get_layer("age"), CoralHead)
    assert not isinstance(model.get_layer("gender"), CoralHead)


def test_the_weights_depend_on_the_seed_only() -> None:
    def kernel(seed: int) -> bytes:
        model = builders.build("mlp", ModelSpec(4, (("age", 8),), seed, coral=True))
        return bytes(model.get_layer("age").kernel.numpy().tobytes())

    assert kernel(1) == kernel(1)
    assert kernel(1) != kernel(2)


@pytest.mark.usefixtures("half_precision")
def test_the_head_stays_float32_under_mixed_precision() -> None:
    model = builders.build("cnn3", ModelSpec(8, (("age", 8),), seed=0, coral=True))

    found = model(np.random.default_rng(0).uniform(-1, 1, (4, 8, 8, 3)))["age"]

    assert model.get_layer("age").input.dtype == "float16"
    assert found.dtype == "float32"
    np.testing.assert_allclose(np.asarray(found).sum(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("classes", [2, 5])
def test_training_finds_an_order_and_keeps_the_probabilities_whole(classes: int) -> None:
    amount = np.random.default_rng(0).uniform(0, classes, (600, 1)).astype(np.float32)
    labels = np.floor(amount[:, 0]).astype(np.int64)
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((1,)), CoralHead(classes, "glorot_uniform", name="age")])
    model.compile(keras.optimizers.Adam(0.1), Coral())

    model.fit(amount, labels, epochs=40, batch_size=50, verbose=0)
    found = model.predict(amount, verbose=0)

    assert (found.argmax(axis=1) == labels).mean() > 0.9
    assert (found >= 0).all()
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)
