"""Metrics that TFMA does not have. TFMA finds them by class and module name."""

from collections.abc import Callable, Iterable
from typing import Any

import apache_beam as beam
import numpy as np
import tensorflow_model_analysis as tfma
from tensorflow_model_analysis.metrics import metric_types, metric_util

Score = Callable[[int], float]  # Of the classes between the likeliest one and the label.
Sums = tuple[float, float]  # (scores of the faces, faces)


class OneOffAccuracy(tfma.metrics.Metric):
    """Share of faces whose likeliest class is at most one class from the label, in [0, 1].

    Only for ordered classes. Levi and Hassner 2015 report it beside the exact accuracy.
    """

    def __init__(self, name: str = "one_off_accuracy") -> None:
        super().__init__(_mean_of(_is_near), name=name)


class MeanAbsoluteClassError(tfma.metrics.Metric):
    """Mean of the classes between the likeliest class and the label, 0 or more.

    Only for ordered classes.
    """

    def __init__(self, name: str = "mean_absolute_class_error") -> None:
        super().__init__(_mean_of(float), name=name)


def _is_near(distance: int) -> float:
    return float(distance <= 1)


def _mean_of(score: Score) -> Callable[..., metric_types.MetricComputations]:
    """What TFMA calls for a mean score; it looks for these keywords in the signature."""

    def computations(
        name: str,
        eval_config: tfma.EvalConfig | None = None,
        model_name: str = "",
        output_name: str = "",
        example_weighted: bool = False,
        **_: Any,
    ) -> metric_types.MetricComputations:
        key = metric_types.MetricKey(
            name=name,
            model_name=model_name,
            output_name=output_name,
            example_weighted=example_weighted,
        )
        combiner = _MeanScore(key, eval_config, score)
        return [metric_types.MetricComputation([key], preprocessors=None, combiner=combiner)]

    return metric_util.merge_per_key_computations(computations)  # type: ignore[no-any-return]


class _MeanScore(beam.CombineFn):
    """Adds up faces and their scores; a missing label weighs 0."""

    def __init__(
        self, key: metric_types.MetricKey, eval_config: tfma.EvalConfig | None, score: Score
    ) -> None:
        self._key = key
        self._eval_config = eval_config
        self._score = score

    def create_accumulator(self) -> Sums:
        """Nothing counted."""
        return 0.0, 0.0

    def add_input(self, accumulator: Sums, element: metric_types.StandardMetricInputs) -> Sums:
        """Count one face."""
        scores, faces = accumulator
        for label, prediction, weight in metric_util.to_label_prediction_example_weight(
            element,
            eval_config=self._eval_config,
            model_name=self._key.model_name,
            output_name=self._key.output_name,
            example_weighted=self._key.example_weighted,
            flatten=False,
        ):
            distance = abs(int(np.argmax(prediction)) - int(np.asarray(label).item()))
            scores += float(np.asarray(weight).item()) * self._score(distance)
            faces += float(np.asarray(weight).item())
        return scores, faces

    def merge_accumulators(self, accumulators: Iterable[Sums]) -> Sums:
        """Add up."""
        columns = list(zip(*accumulators, strict=True))
        return sum(columns[0]), sum(columns[1])

    def extract_output(self, accumulator: Sums) -> dict[metric_types.MetricKey, float]:
        """The mean; nan of no faces."""
        scores, faces = accumulator
        return {self._key: scores / faces if faces else float("nan")}
