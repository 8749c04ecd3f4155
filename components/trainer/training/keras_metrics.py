"""What training tells of each head besides the loss: plain numbers of the faces that count."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import ops

from components.trainer.training.losses import class_numbers
from schemas.labels.classes import ORDERED


class LabelledMean(keras.metrics.MeanMetricWrapper):
    """Mean over the faces that have the label, each counting the same.

    A weight says whether a face counts, not how much: with class weights the numbers of the
    training faces stay comparable to those of the validation faces, which have none.
    """

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Called by Keras at each step."""
        if sample_weight is not None:
            sample_weight = ops.cast(ops.greater(sample_weight, 0), self.dtype)
        super().update_state(y_true, y_pred, sample_weight=sample_weight)


def _classes_off(y_true: Any, y_pred: Any) -> Any:
    """(batch,): how many classes the likeliest one is away from the label."""
    likeliest = ops.cast(ops.argmax(y_pred, axis=-1), "int32")
    return ops.abs(likeliest - class_numbers(y_true))


def exact(y_true: Any, y_pred: Any) -> Any:
    """(batch,): 1 where the likeliest class is the label, else 0."""
    return ops.cast(_classes_off(y_true, y_pred) == 0, "float32")


def one_off(y_true: Any, y_pred: Any) -> Any:
    """(batch,): 1 where the likeliest class is at most one class off, else 0."""
    return ops.cast(_classes_off(y_true, y_pred) <= 1, "float32")


def absolute_error(y_true: Any, y_pred: Any) -> Any:
    """(batch,): classes between the likeliest class and the label."""
    return ops.cast(_classes_off(y_true, y_pred), "float32")


_ALWAYS: dict[str, Callable[[Any, Any], Any]] = {"accuracy": exact}
_ORDERED: dict[str, Callable[[Any, Any], Any]] = {
    "one_off": one_off,
    "absolute_error": absolute_error,
}


def metrics(heads: Sequence[str]) -> dict[str, list[keras.metrics.Metric]]:
    """Of each head its accuracy; of one with ordered classes also 1-off and mean absolute error."""
    return {
        head: [
            LabelledMean(function, name=name)
            for name, function in (_ALWAYS | (_ORDERED if head in ORDERED else {})).items()
        ]
        for head in heads
    }
