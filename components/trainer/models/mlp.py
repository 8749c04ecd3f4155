"""The fully connected network on flattened pixels: what a model without convolutions reaches."""

import keras
from keras import layers

from components.trainer.models.ends import image_input, softmax_heads
from components.trainer.models.seeds import seeded
from components.trainer.models.spec import ModelSpec

DENSE_UNITS = (64, 32, 32, 16, 16)


def build(spec: ModelSpec) -> keras.Model:
    """Flattened pixels, five dense layers shared by all heads, heads. Input in [-1, 1]."""
    inputs = image_input(spec)
    x = layers.Flatten(name="pixels_flatten")(inputs)
    for number, units in enumerate(DENSE_UNITS, start=1):
        dense = layers.Dense(units, activation="relu", name=f"dense{number}_relu")
        x = seeded(dense, spec.seed)(x)
    return keras.Model(inputs, softmax_heads(x, spec), name="mlp")
