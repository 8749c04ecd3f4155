"""Keras metrics against plain numpy."""

from typing import Any

import numpy as np
import pytest

from components.trainer.training.keras_metrics import metrics
from schemas.errors import ConfigError
from schemas.metrics import ACCURACY, METRICS

pytestmark = pytest.mark.tf

PROBABILITIES = np.random.default_rng(0).dirichlet(np.ones(5), 40).astype(np.float32)
LABELS = np.random.default_rng(1).integers(0, 5, 40)
WEIGHTS = np.random.default_rng(2).choice([0.0, 0.25, 1.0, 7.0], 40).astype(np.float32)


def test_every_metric_is_the_unweighted_mean_over_labelled_faces() -> None:
    away = np.abs(PROBABILITIES.argmax(axis=1) - LABELS)[WEIGHTS > 0]
    expected = {
        "accuracy": (away == 0).mean(),
        "one_off": (away <= 1).mean(),
        "absolute_error": away.mean(),
    }

    results = {}
    for metric in metrics([("age", 5)])["age"]:
        for part in (slice(0, 7), slice(7, 40)):  # Two steps.
            metric.update_state(LABELS[part], PROBABILITIES[part], WEIGHTS[part])
        results[metric.name] = float(metric.result())

    assert {name: results[name] for name in expected} == pytest.approx(expected)
    assert "error" not in results  # It has no better direction.
    assert len({round(number, 6) for number in expected.values()}) == 3


def test_only_ordered_classes_have_a_distance() -> None:
    by_head = metrics([("age", 8), ("gender", 2), ("race", 5)])

    of_project = {"accuracy", "one_off", "error", "absolute_error"}
    assert {
        head: [metric.name for metric in of_head if metric.name in of_project]
        for head, of_head in by_head.items()
    } == {
        "age": ["accuracy", "one_off", "absolute_error"],
        "gender": ["accuracy"],
        "race": ["accuracy"],
    }


def fancy_indexing(labels: Any, probabilities: Any, ops: Any) -> Any:
    return probabilities[ops.arange(len(labels)), labels]


def test_a_function_for_arrays_alone_fails_before_training_under_its_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row = METRICS[ACCURACY]._replace(per_face=fancy_indexing)
    monkeypatch.setitem(METRICS, "true_probability", row)

    with pytest.raises(ConfigError, match=r"metric 'true_probability' failed .* TypeError: len is"):
        metrics([("gender", 2)])
