"""Floating-point operations of a model, counted from the shapes of its layers."""

import math

import keras

# Multiply and add; forward, backward to the inputs, backward to the weights.
_TRAINING = 2 * 3


def training_flops(model: keras.Model) -> int:
    """Count the operations of one training step on one image, in convolutions and dense layers."""
    return _TRAINING * sum(multiplications(layer) for layer in model.layers)


def multiplications(layer: keras.Layer) -> int:
    """Count the multiplications of one image, forward; 0 for a layer without kernels."""
    if isinstance(layer, keras.layers.Dense):
        return _size(layer.kernel)
    if isinstance(layer, keras.layers.SeparableConv2D):
        depthwise = _size(layer.depthwise_kernel)
        return _pixels(layer) * (depthwise + _size(layer.pointwise_kernel))
    if isinstance(layer, keras.layers.Conv2D):
        return _pixels(layer) * _size(layer.kernel)
    return 0


def _pixels(layer: keras.Layer) -> int:
    """Number of output pixels."""
    height, width = layer.output.shape[1:3]
    return int(height * width)


def _size(weights: keras.Variable) -> int:
    return math.prod(map(int, weights.shape))
