"""Metrics that TFMA does not have. TFMA finds them by class and module name."""

from collections.abc import Iterable
from typing import Any

import apache_beam as beam
import numpy as np
import tensorflow_model_analysis as tfma
from tensorflow_model_analysis.metrics import metric_types, metric_util

Counts = tuple[float, float]  # (faces at most one class off, faces)


class OneOffAccuracy(tfma.metrics.Metric):
    """Share of faces whose likeliest class is at most one class from the label, in [0, 1].

    Only for ordered classes. Levi and Hassner 2015 report it beside the exact accuracy.
    """

    def __init__(self, name: str = "one_off_accuracy") -> None:
        super().__init__(metric_util.merge_per_key_computations(_one_off), name=name)


def _one_off(
    name: str,
    eval_config: tfma.EvalConfig | None = None,
    model_name: str = "",
    output_name: str = "",
    example_weighted: bool = False,
    **_: Any,
) -> metric_types.MetricComputations:
    """Called by TFMA, with more keywords than are needed here."""
    key = metric_types.MetricKey(
        name=name,
        model_name=model_name,
        output_name=output_name,
        example_weighted=example_weighted,
    )
    return [
        metric_types.MetricComputation(
            keys=[key], preprocessors=None, combiner=_CountOneOff(key, eval_config)
        )
    ]


class _CountOneOff(beam.CombineFn):
    """Counts faces and those that are at most one class off; a missing label weighs 0."""

    def __init__(self, key: metric_types.MetricKey, eval_config: tfma.EvalConfig | None) -> None:
        self._key = key
        self._eval_config = eval_config

    def create_accumulator(self) -> Counts:
        """Nothing counted."""
        return 0.0, 0.0

    def add_input(self, accumulator: Counts, element: metric_types.StandardMetricInputs) -> Counts:
        """Count one face."""
        near, faces = accumulator
        for label, prediction, weight in metric_util.to_label_prediction_example_weight(
            element,
            eval_config=self._eval_config,
            model_name=self._key.model_name,
            output_name=self._key.output_name,
            example_weighted=self._key.example_weighted,
            flatten=False,
        ):
            distance = abs(int(np.argmax(prediction)) - int(np.asarray(label).item()))
            near += float(np.asarray(weight).item()) * (distance <= 1)
            faces += float(np.asarray(weight).item())
        return near, faces

    def merge_accumulators(self, accumulators: Iterable[Counts]) -> Counts:
        """Add up."""
        columns = list(zip(*accumulators, strict=True))
        return sum(columns[0]), sum(columns[1])

    def extract_output(self, accumulator: Counts) -> dict[metric_types.MetricKey, float]:
        """The share; nan of no faces."""
        near, faces = accumulator
        return {self._key: near / faces if faces else float("nan")}
