"""What a model takes: a picture, or a picture with numbers beside it."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

import tensorflow as tf

from schemas.features import NUMBERS

Inputs: TypeAlias = tf.Tensor | dict[str, tf.Tensor]  # A picture; or `image` and `numbers`.


def model_inputs(features: Mapping[str, tf.Tensor]) -> Inputs:
    """What the model takes of the transform graph's features, which hold numbers if it does."""
    image = features["image"]
    return {"image": image, NUMBERS: features[NUMBERS]} if NUMBERS in features else image


def with_picture(inputs: Inputs, change: Callable[[tf.Tensor], tf.Tensor]) -> Inputs:
    """The inputs with their picture changed, and nothing else."""
    if isinstance(inputs, dict):
        return inputs | {"image": change(inputs["image"])}
    return change(inputs)
