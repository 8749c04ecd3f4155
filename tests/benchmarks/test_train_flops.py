"""Operations of small models against counts by hand."""

import keras
import pytest
from keras import layers

from tests.benchmarks.train_flops import training_flops

pytestmark = pytest.mark.tf

TRAINING = 6  # Multiply and add; forward, backward to the inputs, backward to the weights.


def flops(*stack: keras.Layer) -> int:
    """Operations of a stack on images of 8 x 8 pixels in 3 channels."""
    return training_flops(keras.Sequential([keras.Input((8, 8, 3)), *stack]))


def test_a_convolution_multiplies_its_kernel_once_per_output_pixel() -> None:
    assert flops(layers.Conv2D(5, 3, strides=2, padding="same")) == TRAINING * 4 * 4 * 3 * 3 * 3 * 5
    assert flops(layers.Conv2D(5, 3, padding="valid")) == TRAINING * 6 * 6 * 3 * 3 * 3 * 5


def test_a_separable_convolution_is_a_depthwise_and_a_pointwise_one() -> None:
    expected = 8 * 8 * (3 * 3 * 3 + 3 * 7)

    assert flops(layers.SeparableConv2D(7, 3, padding="same")) == TRAINING * expected


def test_a_dense_layer_multiplies_once_per_weight_and_other_layers_never() -> None:
    stack = (
        layers.BatchNormalization(),
        layers.Activation("relu"),
        layers.MaxPooling2D(2),
        layers.Flatten(),
        layers.Dropout(0.5),
        layers.Dense(10),
    )

    assert flops(*stack) == TRAINING * 4 * 4 * 3 * 10
