"""The TFT graph. It learns nothing from the data, so one graph serves every held-out fold."""

from collections.abc import Mapping, Sequence
from typing import Any

import tensorflow as tf

from components.faces.pixels import decode_stored
from schemas.classes import MISSING_CLASS, TARGETS, class_names
from schemas.config import ImagesConfig
from schemas.features import label_class
from schemas.typed import load

# Keys of the custom config that the pipeline hands over.
IMAGES = "images"  # An ImagesConfig as JSON.
TARGET = "target"
CLASSES = "classes"
CODE = "code"  # Hash of the sources behind this step.


def class_index(texts: tf.Tensor, names: Sequence[str]) -> tf.Tensor:
    """Class texts, string (batch,), to their index in `names`, int64 (batch,); -1 where none.

    A comparison and no lookup table: a table would be a resource that serving must track.
    """
    matches = tf.equal(texts[:, tf.newaxis], tf.constant(list(names)))
    index = tf.argmax(tf.cast(matches, tf.int64), axis=1)
    return tf.where(tf.reduce_any(matches, axis=1), index, tf.constant(MISSING_CLASS, tf.int64))


def preprocessing_fn(
    inputs: Mapping[str, tf.Tensor], custom_config: Mapping[str, Any]
) -> dict[str, tf.Tensor]:
    """Called by TFX Transform: raw features, (batch, 1) each, to model input and class indices.

    Args:
      inputs: the features of schemas/faces.pbtxt.
      custom_config: IMAGES, TARGET and CLASSES as in the config's `labels`.

    Returns:
      `image`: float32 (batch, side, side, 3), -1 to 1; per head of the target its class feature:
      int64 (batch,), -1 where missing.
    """
    images = load(ImagesConfig, custom_config[IMAGES])
    outputs = {"image": decode_stored(tf.reshape(inputs["image"], [-1]), images)}
    for label in TARGETS[custom_config[TARGET]]:
        names = class_names(label, custom_config[CLASSES])
        outputs[label_class(label)] = class_index(tf.reshape(inputs[label], [-1]), names)
    return outputs
