"""The metrics table as TFMA metrics. TFMA finds the class by its name and that of this module."""

from collections.abc import Iterable
from typing import Any

import apache_beam as beam
import numpy as np
import tensorflow_model_analysis as tfma
from tensorflow_model_analysis.metrics import metric_types, metric_util

from schemas.metrics import metric_values

Sums = tuple[float, float]  # (sum of the values, faces)


class TableMetric(tfma.metrics.Metric):
    """The mean of one metric of `schemas.metrics.METRICS` over the labelled faces."""

    def __init__(self, name: str) -> None:
        """`name`: a key of METRICS."""
        super().__init__(metric_util.merge_per_key_computations(_computations), name=name)


def _computations(
    name: str,
    eval_config: tfma.EvalConfig | None = None,
    model_name: str = "",
    output_name: str = "",
    example_weighted: bool = False,
    **_: Any,
) -> metric_types.MetricComputations:
    """Called by TFMA, which looks for these keywords in the signature."""
    key = metric_types.MetricKey(
        name=name,
        model_name=model_name,
        output_name=output_name,
        example_weighted=example_weighted,
    )
    combiner = _WeightedMean(key, eval_config)
    return [metric_types.MetricComputation([key], preprocessors=None, combiner=combiner)]


class _WeightedMean(beam.CombineFn):
    """Sums values and faces; a face without the label has weight 0."""

    def __init__(self, key: metric_types.MetricKey, eval_config: tfma.EvalConfig | None) -> None:
        self._key = key
        self._eval_config = eval_config

    def create_accumulator(self) -> Sums:
        """No face."""
        return 0.0, 0.0

    def add_input(self, accumulator: Sums, element: metric_types.StandardMetricInputs) -> Sums:
        """Add one face."""
        total, faces = accumulator
        for label, prediction, weight in metric_util.to_label_prediction_example_weight(
            element,
            eval_config=self._eval_config,
            model_name=self._key.model_name,
            output_name=self._key.output_name,
            example_weighted=self._key.example_weighted,
            flatten=False,
        ):
            share = float(np.asarray(weight).item())
            if share > 0:  # The label of any other face is -1, no class.
                total += share * self._value(np.asarray(label), np.asarray(prediction))
                faces += share
        return total, faces

    def _value(self, label: Any, prediction: Any) -> float:
        values = metric_values(self._key.name, label.reshape(1), prediction.reshape(1, -1), np)
        return float(values[0])

    def merge_accumulators(self, accumulators: Iterable[Sums]) -> Sums:
        """Add up."""
        columns = list(zip(*accumulators, strict=True))
        return sum(columns[0]), sum(columns[1])

    def extract_output(self, accumulator: Sums) -> dict[metric_types.MetricKey, float]:
        """The mean; nan of no faces."""
        total, faces = accumulator
        return {self._key: total / faces if faces else float("nan")}
