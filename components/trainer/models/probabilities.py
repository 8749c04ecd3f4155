"""Scores to probabilities, and probabilities to class names."""

from collections.abc import Sequence

import keras
import tensorflow as tf

UNDEFINED = "Undefined"  # The label of a prediction below the threshold.


def shares(scores: tf.Tensor) -> tf.Tensor:
    """Scores (batch, classes) of one slice of the two-hot vector to probabilities.

    The sigmoid of each score, divided by their sum; computed by logarithms, so that no sum is 0.
    The likeliest class has the largest score.
    """
    return keras.ops.softmax(keras.ops.log_sigmoid(scores), axis=-1)


def likeliest(probabilities: tf.Tensor) -> tf.Tensor:
    """int64 (batch,): the index of the largest value; of equal ones the first."""
    return tf.argmax(probabilities, axis=1)


def label(probabilities: tf.Tensor, names: Sequence[str], threshold: float) -> tf.Tensor:
    """The name of the likeliest class, or UNDEFINED where it is less likely than `threshold`.

    Args:
      probabilities: float32 (batch, classes).
      names: of the classes.
      threshold: in [0, 1]; 0 leaves nothing undefined.

    Returns:
      string (batch,).
    """
    likeliest_names = tf.gather(tf.constant(tuple(names)), likeliest(probabilities))
    return tf.where(tf.reduce_max(probabilities, axis=1) < threshold, UNDEFINED, likeliest_names)
