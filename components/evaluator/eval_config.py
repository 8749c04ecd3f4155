"""The TFMA config: metrics of each head, slices, and the threshold on the overall accuracy."""

import json
from collections.abc import Sequence
from typing import Any

import tensorflow_model_analysis as tfma

from components.evaluator.example_weights import weight_key
from schemas.config.blocks import EvaluateConfig
from schemas.features import label_class, probabilities
from schemas.metrics import ACCURACY, directed_metrics

Heads = Sequence[tuple[str, int]]
_TABLE_METRICS = "components.evaluator.tfma_metrics"


def make_eval_config(evaluate: EvaluateConfig, heads: Heads) -> tfma.EvalConfig:
    """The TFMA config.

    Args:
      evaluate: slices.
      heads: (head, number of classes) of the model.
    """
    slices = [tfma.SlicingSpec()] + [
        tfma.SlicingSpec(feature_keys=[group] if isinstance(group, str) else list(group))
        for group in evaluate.slices
    ]
    return tfma.EvalConfig(
        model_specs=[_model_spec([head for head, _ in heads])],
        slicing_specs=slices,
        metrics_specs=[
            specs
            for head, classes in heads
            for specs in _metrics(head, classes, output_names(head, heads))
        ],
    )


def output_names(head: str, heads: Heads) -> list[str]:
    """TFMA's name of the head's output; a single output has none.

    Of several outputs TFMA selects by this name and ignores `prediction_keys`.
    """
    return [probabilities(head)] if len(heads) > 1 else []


def _model_spec(heads: Sequence[str]) -> tfma.ModelSpec:
    keys: dict[str, Any] = (
        {
            "label_keys": {probabilities(head): label_class(head) for head in heads},
            "example_weight_keys": {probabilities(head): weight_key(head) for head in heads},
        }
        if len(heads) > 1
        else {
            "label_key": label_class(heads[0]),
            "prediction_key": probabilities(heads[0]),
            "example_weight_key": weight_key(heads[0]),
        }
    )
    return tfma.ModelSpec(model_type="tf_generic", signature_name="serving_default", **keys)


def _metrics(head: str, classes: int, output_names: list[str]) -> list[tfma.MetricsSpec]:
    overall = [
        tfma.MetricConfig(
            class_name="TableMetric",
            module=_TABLE_METRICS,
            config=json.dumps({"name": name}),
            per_slice_thresholds=[_no_threshold()] if name == ACCURACY else [],
        )
        for name in directed_metrics(head)
    ]
    overall += [
        tfma.MetricConfig(class_name="MultiClassConfusionMatrixPlot"),
        tfma.MetricConfig(class_name="ExampleCount"),
    ]
    # Recall of the likeliest class: `Recall` alone applies a threshold of 0.5.
    recall = tfma.MetricConfig(
        class_name="Recall", config=json.dumps({"name": "recall", "top_k": 1})
    )
    return [
        tfma.MetricsSpec(metrics=overall, output_names=output_names),
        tfma.MetricsSpec(
            metrics=[recall],
            output_names=output_names,
            binarize=tfma.BinarizationOptions(class_ids={"values": list(range(classes))}),
            # A missing label belongs to no class, so recall needs no weights; with weights TFMA
            # fails on a slice without a labelled face.
            example_weights=tfma.ExampleWeightOptions(unweighted=True),
        ),
    ]


def _no_threshold() -> tfma.PerSliceMetricThreshold:
    """A bound on the overall slice that no model can miss.

    Without any, TFMA validates nothing and blesses nothing. The review's gate alone decides.
    """
    bound = tfma.GenericValueThreshold(lower_bound={"value": 0.0})
    return tfma.PerSliceMetricThreshold(
        slicing_specs=[tfma.SlicingSpec()],
        threshold=tfma.MetricThreshold(value_threshold=bound),
    )
