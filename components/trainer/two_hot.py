"""The loss of a pair that is trained as one two-hot vector."""

from collections.abc import Sequence

import keras


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
