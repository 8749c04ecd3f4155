"""How many floating-point operations a model takes, counted from the shapes of its layers."""

import math

import keras

# A multiplication and an addition; forward, and backward to the inputs and to the weights.
_TRAINING = 2 * 3


def training_flops(model: keras.Model) -> int:
    """Operations of one training step with one image.

    Only products of images and weights are counted: convolutions and dense layers.
    """
    return _TRAINING * sum(multiplications(layer) for layer in model.layers)


def multiplications(layer: keras.Layer) -> int:
    """Of one image, forward; 0 for a layer without products."""
    if isinstance(layer, keras.layers.Dense):
        return _size(layer.kernel)
    if isinstance(layer, keras.layers.SeparableConv2D):
        depthwise = _size(layer.depthwise_kernel)
        return _places(layer) * (depthwise + _size(layer.pointwise_kernel))
    if isinstance(layer, keras.layers.Conv2D):
        return _places(layer) * _size(layer.kernel)
    return 0


def _places(layer: keras.Layer) -> int:
    """Pixels of the output."""
    height, width = layer.output.shape[1:3]
    return int(height * width)


def _size(weights: keras.Variable) -> int:
    return math.prod(map(int, weights.shape))
