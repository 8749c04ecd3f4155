"""The plain convolutional networks: cnn3, cnn4 and cnn5."""

import keras
from keras import layers

from components.trainer.models.dense import dense_layers
from components.trainer.models.heads import softmax_heads
from components.trainer.models.inputs import image_input
from components.trainer.models.seeding import seeded
from components.trainer.models.spec import ModelSpec
from schemas.zoo import ZooModel


def build(spec: ModelSpec, published: ZooModel) -> keras.Model:
    """Convolution blocks of the published filters, dense layers (one is published), heads.

    Input in [-1, 1]. Each block halves the side, rounding down: it must be at least 2**blocks.
    """
    inputs = image_input(spec)
    x = inputs
    for number, channels in enumerate(published.filters, start=1):
        x = conv_block(x, channels, spec.seed, name=f"block{number}")
    x = layers.Flatten(name="dense_flatten")(x)
    x = dense_layers(x, spec, published)
    return keras.Model(inputs, softmax_heads(x, spec), name=f"cnn{len(published.filters)}")


def conv_block(x: keras.KerasTensor, filters: int, seed: int, *, name: str) -> keras.KerasTensor:
    """Convolution 3x3, relu, max-pool 2: to (batch, height // 2, width // 2, filters)."""
    conv = layers.Conv2D(filters, 3, padding="same", activation="relu", name=f"{name}_conv")
    return layers.MaxPooling2D(2, name=f"{name}_pool")(seeded(conv, seed)(x))
