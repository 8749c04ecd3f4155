"""The small network for UTKFace, published for its five races at side 48."""

import keras
from keras import layers

from components.trainer.models.dense import dense_layers
from components.trainer.models.heads import softmax_heads
from components.trainer.models.inputs import image_input, with_numbers
from components.trainer.models.seeding import seeded
from components.trainer.models.spec import ModelSpec
from schemas.zoo import ZooModel

BLOCK_FILTERS = (24, 48)


def build(spec: ModelSpec, published: ZooModel) -> keras.Model:
    """Two blocks of two unpadded convolutions, dense layers (three are published), heads.

    Image in [-1, 1]; numbers beside it are concatenated to the flattened features.
    """
    image = image_input(spec)
    x = image
    for number, filters in enumerate(BLOCK_FILTERS, start=1):
        x = conv_block(x, filters, spec.seed, name=f"block{number}")
    x = layers.Flatten(name="dense_flatten")(x)
    inputs, x = with_numbers(image, x, spec)
    x = dense_layers(x, spec, published)
    return keras.Model(inputs, softmax_heads(x, spec), name="utk_cnn")


def conv_block(x: keras.KerasTensor, filters: int, seed: int, *, name: str) -> keras.KerasTensor:
    """Two convolutions 3x3 and max-pool 2: side to (side - 4) // 2, channels to `filters`."""
    for step in (1, 2):
        conv = layers.Conv2D(filters, 3, activation="relu", name=f"{name}_conv{step}")
        x = seeded(conv, seed)(x)
    return layers.MaxPooling2D(2, name=f"{name}_pool")(x)
