"""What training counts, against plain numpy."""

import numpy as np
import pytest

from components.trainer.training.keras_metrics import metrics

pytestmark = pytest.mark.tf

PROBABILITIES = np.random.default_rng(0).dirichlet(np.ones(5), 40).astype(np.float32)
LABELS = np.random.default_rng(1).integers(0, 5, 40)
WEIGHTS = np.random.default_rng(2).choice([0.0, 0.25, 1.0, 7.0], 40).astype(np.float32)


def test_every_number_is_that_of_the_faces_with_the_label_each_counting_once() -> None:
    away = np.abs(PROBABILITIES.argmax(axis=1) - LABELS)[WEIGHTS > 0]
    expected = {
        "accuracy": (away == 0).mean(),
        "one_off": (away <= 1).mean(),
        "absolute_error": away.mean(),
    }

    found = {}
    for metric in metrics(["age"])["age"]:
        for part in (slice(0, 7), slice(7, 40)):  # Two steps.
            metric.update_state(LABELS[part], PROBABILITIES[part], WEIGHTS[part])
        found[metric.name] = float(metric.result())

    assert found == pytest.approx(expected)
    assert len({round(number, 6) for number in expected.values()}) == 3


def test_only_ordered_classes_have_a_distance() -> None:
    found = metrics(["age", "gender", "race"])

    assert {head: [metric.name for metric in of_head] for head, of_head in found.items()} == {
        "age": ["accuracy", "one_off", "absolute_error"],
        "gender": ["accuracy"],
        "race": ["accuracy"],
    }
