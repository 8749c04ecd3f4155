"""Losses that know the order of the classes, on the class probabilities of a head."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

# A probability below it counts as it: the logarithm stays finite, and its gradient, even scaled
# up for float16, too.
_TINY = 1.0e-30

# Sum over all faces, whatever they weigh; see `objective.losses`.
REDUCTION = "sum_over_batch_size"


def soft_targets(classes: int) -> npt.NDArray[np.float32]:
    """(classes, classes): row t is what a face of class t is to be given, each summing to 1.

    SORD (Diaz and Marathe 2019, "Soft labels for ordinal regression", CVPR): the softmax of minus
    a distance between the classes, here the square of the difference of their numbers. So a direct
    neighbour has exp(-1) = 0.37 of the true class's share, the next one 0.02: of eight classes
    one in the middle keeps 0.56.
    """
    number = np.arange(classes)
    closeness = np.exp(-np.square(number[:, np.newaxis] - number).astype(np.float64))
    targets: npt.NDArray[np.float32] = (closeness / closeness.sum(axis=1, keepdims=True)).astype(
        np.float32
    )
    return targets


class SoftLabels(keras.losses.Loss):
    """Cross-entropy between the soft targets of the labels and the probabilities."""

    def __init__(self, name: str = "soft_labels") -> None:
        super().__init__(name=name, reduction=REDUCTION)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Called by Keras: class numbers (batch,) and (batch, classes) to (batch,)."""
        targets = ops.take(soft_targets(y_pred.shape[-1]), class_numbers(y_true), axis=0)
        return -ops.sum(targets * _log(y_pred), axis=-1)


class Coral(keras.losses.Loss):
    """The K - 1 binary cross-entropies "above class k?", added up (equation 4 of CORAL's paper).

    The cumulative probabilities come from the class probabilities by adding up from the near end,
    so that small ones keep their digits; the head is `models.coral.CoralHead`.
    """

    def __init__(self, name: str = "coral") -> None:
        super().__init__(name=name, reduction=REDUCTION)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Called by Keras: class numbers (batch,) and (batch, classes) to (batch,)."""
        up_to = ops.cumsum(y_pred, axis=-1)[:, :-1]
        above = ops.flip(ops.cumsum(ops.flip(y_pred, axis=-1), axis=-1), axis=-1)[:, 1:]
        is_above = class_numbers(y_true)[:, np.newaxis] > np.arange(y_pred.shape[-1] - 1)
        return -ops.sum(ops.where(is_above, _log(above), _log(up_to)), axis=-1)


def class_numbers(y_true: Any) -> Any:
    """Labels as int32 (batch,): Keras may hand them over as floats, or as a column."""
    return ops.cast(ops.reshape(y_true, (-1,)), "int32")


def _log(probability: Any) -> Any:
    return ops.log(ops.maximum(probability, _TINY))


def two_hot_losses(heads: Sequence[tuple[str, int]]) -> dict[str, keras.losses.Loss]:
    """One loss a head, whose sum is the mean binary cross-entropy over all places of the vector.

    Taken apart by head, a face that lacks one label still trains the part of the other.

    Args:
      heads: (head, number of classes) of the vector's parts.
    """
    places = sum(classes for _, classes in heads)
    return {head: PartLoss(classes, places) for head, classes in heads}


class PartLoss(keras.losses.Loss):
    """Binary cross-entropy of one part's scores against its one-hot class.

    Summed over the part, divided by the places of the whole vector; over the batch as
    `components.trainer.objective.losses` does it.
    """

    def __init__(self, classes: int, places: int) -> None:
        super().__init__(reduction="sum_over_batch_size")
        self._classes = classes
        self._places = places

    def call(self, y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
        """Called by Keras: int (batch,) and float (batch, classes) to float (batch,)."""
        index = keras.ops.cast(keras.ops.reshape(y_true, (-1,)), "int32")
        wanted = keras.ops.one_hot(index, self._classes, dtype=y_pred.dtype)
        each = keras.ops.binary_crossentropy(wanted, y_pred, from_logits=True)
        return keras.ops.sum(each, axis=-1) / self._places
