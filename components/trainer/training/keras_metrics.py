"""Keras metrics of each head: unweighted means over the labelled faces."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from components.trainer.training.losses import class_numbers
from schemas.metrics import directed_metrics, metric_values


class LabelledMean(keras.metrics.MeanMetricWrapper):
    """Mean over the faces that have the label, each counted once.

    The size of a weight is ignored: with class weights the metrics of training stay comparable to
    those of validation, which has none.
    """

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Called by Keras at each step."""
        if sample_weight is not None:
            sample_weight = ops.cast(ops.greater(sample_weight, 0), self.dtype)
        super().update_state(y_true, y_pred, sample_weight=sample_weight)


def metrics(
    heads: Sequence[tuple[str, int]], to_probabilities: Callable[[Any], Any] | None = None
) -> dict[str, list[keras.metrics.Metric]]:
    """The metrics of each head, by `schemas.metrics.METRICS`.

    Args:
      heads: (name, number of classes) of each.
      to_probabilities: of a model that returns scores, from (batch, classes) to the same shape.

    Raises:
      ConfigError: the function of a metric does not take symbolic tensors.
    """
    return {
        head: [_metric(name, classes, to_probabilities) for name in directed_metrics(head)]
        for head, classes in heads
    }


def _metric(
    name: str, classes: int, to_probabilities: Callable[[Any], Any] | None
) -> keras.metrics.Metric:
    values = partial(_per_face, name, to_probabilities)
    # Traced as in a training step, so that a faulty function fails before the first one.
    tf.function(values, autograph=False).get_concrete_function(
        tf.TensorSpec((None,), tf.int32), tf.TensorSpec((None, classes), tf.float32)
    )
    return LabelledMean(values, name=name)


def _per_face(
    name: str, to_probabilities: Callable[[Any], Any] | None, y_true: Any, y_pred: Any
) -> Any:
    """(batch,): called by Keras with class numbers and the output of the head."""
    probabilities = to_probabilities(y_pred) if to_probabilities else y_pred
    return ops.cast(metric_values(name, class_numbers(y_true), probabilities, ops), "float32")
