"""The TFT graph. It analyzes no data, so one graph serves every held-out fold."""

from collections.abc import Mapping, Sequence
from typing import Any

import tensorflow as tf

from components.faces.tf_images import decode_stored
from schemas.config.blocks import ImagesConfig
from schemas.config.serialization import load
from schemas.features import NUMBERS, label_class
from schemas.labels.classes import MISSING_CLASS, TARGETS, class_names

# Keys of the custom config.
IMAGES = "images"  # An ImagesConfig as JSON.
TARGET = "target"
CLASSES = "classes"
INPUTS = "inputs"  # Labels given as numbers beside the image, a list.
CODE = "code"  # Hash of the sources of this step; part of the cache key.


def class_index(texts: tf.Tensor, names: Sequence[str]) -> tf.Tensor:
    """Class texts, string (batch,), to their index in `names`, int64 (batch,); -1 for others.

    By comparison: a lookup table would be a resource that serving must track.
    """
    matches = tf.equal(texts[:, tf.newaxis], tf.constant(list(names)))
    index = tf.argmax(tf.cast(matches, tf.int64), axis=1)
    return tf.where(tf.reduce_any(matches, axis=1), index, tf.constant(MISSING_CLASS, tf.int64))


def label_numbers(index: tf.Tensor, classes: int) -> tf.Tensor:
    """Class indices to a model's numbers beside the image.

    Args:
      index: int64 (batch,), 0 to classes - 1; -1 where missing.
      classes: how many there are.

    Returns:
      float32 (batch, 2). The position among the classes, 0 for the first to 1 for the last, and 1;
      or 0 and 0 where missing. A single number for missing labels would mean some class or one
      beyond to a dense layer; two zeros add nothing to its sums.
    """
    known = tf.cast(index >= 0, tf.float32)
    position = tf.cast(index, tf.float32) / max(classes - 1, 1)
    return tf.stack([position * known, known], axis=1)


def preprocessing_fn(
    inputs: Mapping[str, tf.Tensor], custom_config: Mapping[str, Any]
) -> dict[str, tf.Tensor]:
    """Called by TFX Transform: raw features, (batch, 1) each, to model input and class indices.

    Args:
      inputs: the features of schemas/tfdv/faces.pbtxt.
      custom_config: IMAGES, TARGET and CLASSES as in the config's `labels`, INPUTS.

    Returns:
      `image`: float32 (batch, side, side, 3), -1 to 1; per head of the target its class feature:
      int64 (batch,), -1 where missing; with inputs `numbers`: float32 (batch, 2 * inputs), the
      `label_numbers` of each.
    """
    images = load(ImagesConfig, custom_config[IMAGES])
    outputs = {"image": decode_stored(tf.reshape(inputs["image"], [-1]), images)}

    def index_of(label: str) -> tuple[tf.Tensor, int]:
        names = class_names(label, custom_config[CLASSES])
        return class_index(tf.reshape(inputs[label], [-1]), names), len(names)

    for head in TARGETS[custom_config[TARGET]]:
        outputs[label_class(head)], _ = index_of(head)
    if labels := custom_config[INPUTS]:
        outputs[NUMBERS] = tf.concat([label_numbers(*index_of(label)) for label in labels], axis=1)
    return outputs
