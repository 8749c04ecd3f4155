"""The inputs of the models: the image, and numbers beside it."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

import keras
import tensorflow as tf
from keras import layers

from components.trainer.models.spec import ModelSpec
from schemas.features import NUMBERS, NUMBERS_OF_LABEL

Inputs: TypeAlias = tf.Tensor | dict[str, tf.Tensor]  # An image; or `image` and `numbers`.


def model_inputs(features: Mapping[str, tf.Tensor]) -> Inputs:
    """The features of the transform graph that the model takes: the image, and numbers if any."""
    image = features["image"]
    return {"image": image, NUMBERS: features[NUMBERS]} if NUMBERS in features else image


def map_image(inputs: Inputs, function: Callable[[tf.Tensor], tf.Tensor]) -> Inputs:
    """The inputs with their image replaced by `function` of it."""
    if isinstance(inputs, dict):
        return inputs | {"image": function(inputs["image"])}
    return function(inputs)


def image_input(spec: ModelSpec) -> keras.KerasTensor:
    """Input `image`: float32 (batch, side, side, 3), RGB, in [-1, 1]."""
    return keras.Input((spec.side, spec.side, 3), dtype="float32", name="image")


def with_numbers(
    image: keras.KerasTensor, features: keras.KerasTensor, spec: ModelSpec
) -> tuple[keras.KerasTensor | dict[str, keras.KerasTensor], keras.KerasTensor]:
    """Concatenate the numbers beside the image to its features, if the spec names any.

    Returns:
      The model's inputs, which are `image` alone or with it input `numbers`, float32
      (batch, 2 * labels); and the features followed by the numbers.
    """
    if not spec.net.inputs:
        return image, features
    width = NUMBERS_OF_LABEL * len(spec.net.inputs)
    numbers = keras.Input((width,), dtype="float32", name=NUMBERS)
    joined = layers.Concatenate(name="dense_numbers")([features, numbers])
    return {"image": image, NUMBERS: numbers}, joined
