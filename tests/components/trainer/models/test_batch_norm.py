"""The fused batch normalisation beside the formula and beside Keras' own layer."""

import keras
import numpy as np
import numpy.typing as npt
import pytest
import tensorflow as tf

from components.trainer.models.batch_norm import FusedBatchNormalization

pytestmark = pytest.mark.tf

Floats = npt.NDArray[np.float32]
EPSILON = 1e-3  # Keras' default.


@pytest.fixture
def pictures() -> Floats:
    """Far from mean 0 and variance 1, so that nothing is right by chance."""
    return np.random.default_rng(0).normal(3, 2, (3, 4, 5, 6)).astype(np.float32)


def built(kind: type[keras.layers.BatchNormalization]) -> keras.layers.BatchNormalization:
    """A layer of six channels whose every weight is far from its start."""
    layer = kind(momentum=0.7, name="norm")
    layer.build((None, 4, 5, 6))
    rng = np.random.default_rng(1)
    layer.set_weights([rng.uniform(0.5, 2, weight.shape) for weight in layer.weights])
    return layer


def test_training_normalises_by_the_batch_and_updates_the_statistics(pictures: Floats) -> None:
    layer = built(FusedBatchNormalization)
    gamma, beta, moving_mean, moving_variance = layer.get_weights()
    places = pictures.reshape(-1, 6).astype(np.float64)
    mean, variance = places.mean(axis=0), places.var(axis=0)  # Of the 60 places: no n - 1.

    outputs = layer(pictures, training=True)

    expected = (pictures - mean) / np.sqrt(variance + EPSILON) * gamma + beta
    np.testing.assert_allclose(outputs, expected, atol=1e-5)
    np.testing.assert_allclose(layer.moving_mean, 0.7 * moving_mean + 0.3 * mean, rtol=1e-5)
    np.testing.assert_allclose(
        layer.moving_variance, 0.7 * moving_variance + 0.3 * variance, rtol=1e-5
    )


def test_gradients_are_those_of_keras_own_layer(pictures: Floats) -> None:
    pull = np.random.default_rng(2).normal(0, 1, pictures.shape).astype(np.float32)

    def gradients(layer: keras.layers.BatchNormalization) -> list[Floats]:
        inputs = tf.constant(pictures)
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            total = tf.reduce_sum(layer(inputs, training=True) * pull)
        sources = [inputs, layer.gamma.value, layer.beta.value]
        return [np.asarray(gradient) for gradient in tape.gradient(total, sources)]

    found = gradients(built(FusedBatchNormalization))
    expected = gradients(built(keras.layers.BatchNormalization))

    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    assert all(np.abs(one).max() > 0.1 for one in found)


@pytest.mark.parametrize("training", [False, True], ids=["inference", "frozen in training"])
def test_inference_uses_the_moving_statistics_and_keeps_them(
    training: bool, pictures: Floats
) -> None:
    layer = built(FusedBatchNormalization)
    layer.trainable = not training
    before = gamma, beta, mean, variance = layer.get_weights()

    outputs = layer(pictures, training=training)

    expected = (pictures - mean) / np.sqrt(variance + EPSILON) * gamma + beta
    np.testing.assert_allclose(outputs, expected, atol=1e-5)
    for weight, old in zip(layer.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, old)


def test_half_precision_is_summed_in_float32(pictures: Floats) -> None:
    layer = FusedBatchNormalization(dtype="mixed_float16", name="norm")
    large = (pictures * 1000).astype(np.float16)  # Its squares are infinite in float16.

    outputs = layer(large, training=True)

    places = large.reshape(-1, 6).astype(np.float64)
    assert outputs.dtype == tf.float16
    np.testing.assert_allclose(
        outputs, (large - places.mean(axis=0)) / places.std(axis=0), atol=1e-2
    )


def test_weights_transfer_to_and_from_keras_own_layer_by_name() -> None:
    fused, plain = built(FusedBatchNormalization), built(keras.layers.BatchNormalization)

    assert [weight.name for weight in fused.weights] == [weight.name for weight in plain.weights]
    assert fused.count_params() == plain.count_params() == 24


def test_inputs_of_another_rank_are_an_error() -> None:
    with pytest.raises(ValueError, match=r"shape \(3, 6\).*expected \(batch, height, width"):
        FusedBatchNormalization(name="norm")(np.zeros((3, 6), np.float32), training=True)
