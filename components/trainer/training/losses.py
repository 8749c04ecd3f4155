"""Losses of the heads: cross-entropy, ordinal losses and the two-hot vector's."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from schemas.labels.classes import ORDERED

# Lower bound of a probability: the logarithm and its gradient stay finite, even scaled up for
# float16.
_TINY = 1.0e-30


def losses(heads: Sequence[str], ordinal: str = "cross_entropy") -> dict[str, keras.losses.Loss]:
    """One loss a head: the sum over the faces that have the label, divided by the batch size.

    Divided by the number of labels (`mean_with_sample_weight`), replicas with different numbers of
    labels would not add up to one device, and padding would shift the validation loss from batch to
    batch. This loss, Keras' default, is smaller by the constant share of padding, and the best
    epoch is the same.

    Args:
      heads: their names.
      ordinal: `train.ordinal`, for the heads with ordered classes.
    """
    return {
        head: _ORDINAL[ordinal]()
        if head in ORDERED and ordinal in _ORDINAL
        else keras.losses.SparseCategoricalCrossentropy()
        for head in heads
    }


def soft_targets(classes: int) -> npt.NDArray[np.float32]:
    """(classes, classes): row t is the target of a face of class t, each summing to 1.

    SORD (Diaz and Marathe 2019, "Soft labels for ordinal regression", CVPR): the softmax of the
    negative distance between the classes, here the square of the difference of their numbers. A
    direct neighbour has exp(-1) = 0.37 of the true class's share, the next one 0.02; a middle
    class of eight keeps 0.56.
    """
    number = np.arange(classes)
    closeness = np.exp(-np.square(number[:, np.newaxis] - number).astype(np.float64))
    targets = closeness / closeness.sum(axis=1, keepdims=True)
    return np.asarray(targets, np.float32)


class SoftLabels(keras.losses.Loss):
    """Cross-entropy between the soft targets of the labels and the probabilities."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Called by Keras: class numbers (batch,) and (batch, classes) to (batch,)."""
        targets = ops.take(soft_targets(y_pred.shape[-1]), class_numbers(y_true), axis=0)
        return -ops.sum(targets * _log(y_pred), axis=-1)


class Coral(keras.losses.Loss):
    """The K - 1 binary cross-entropies "above class k?", added up (equation 4 of CORAL's paper).

    The cumulative probabilities are sums of class probabilities from the nearer end, which keeps
    the digits of small ones; the head is `models.heads.CoralHead`.
    """

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Called by Keras: class numbers (batch,) and (batch, classes) to (batch,)."""
        up_to = ops.cumsum(y_pred, axis=-1)[:, :-1]
        above = ops.flip(ops.cumsum(ops.flip(y_pred, axis=-1), axis=-1), axis=-1)[:, 1:]
        is_above = class_numbers(y_true)[:, np.newaxis] > np.arange(y_pred.shape[-1] - 1)
        return -ops.sum(ops.where(is_above, _log(above), _log(up_to)), axis=-1)


def class_numbers(y_true: Any) -> Any:
    """Labels as int32 (batch,): Keras may pass them as floats, or as a column."""
    return ops.cast(ops.reshape(y_true, (-1,)), "int32")


def _log(probability: Any) -> Any:
    return ops.log(ops.maximum(probability, _TINY))


# By `train.ordinal`: the loss of a head with ordered classes.
_ORDINAL = {"soft_labels": SoftLabels, "coral": Coral}


def two_hot_losses(heads: Sequence[tuple[str, int]]) -> dict[str, keras.losses.Loss]:
    """One loss a head, whose sum is the mean binary cross-entropy over the whole vector.

    With one loss a head, a face that lacks one label still trains the slice of the other.

    Args:
      heads: (head, number of classes) of the vector's slices.
    """
    size = sum(classes for _, classes in heads)
    return {head: SliceLoss(classes, size) for head, classes in heads}


class SliceLoss(keras.losses.Loss):
    """Binary cross-entropy of one slice's scores against its one-hot class.

    Summed over the slice, divided by the size of the whole vector; over the batch as `losses`.
    """

    def __init__(self, classes: int, size: int) -> None:
        super().__init__()
        self._classes = classes
        self._size = size

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Called by Keras: int (batch,) and float (batch, classes) to float (batch,)."""
        target = ops.one_hot(class_numbers(y_true), self._classes, dtype=y_pred.dtype)
        each = ops.binary_crossentropy(target, y_pred, from_logits=True)
        return ops.sum(each, axis=-1) / self._size
