"""The metrics table: the same values from both array namespaces, and readable text."""

import numpy as np
import pytest

from schemas.metrics import (
    ACCURACY,
    METRICS,
    Metric,
    directed_metrics,
    head_metrics,
    headline_metrics,
)

RANDOM = np.random.default_rng(0)
PROBABILITIES = RANDOM.dirichlet(np.ones(8), 50).astype(np.float32)
LABELS = RANDOM.integers(0, 8, 50)
# Likeliest minus labelled class, face by face.
FAR = [int(row.argmax()) - int(label) for row, label in zip(PROBABILITIES, LABELS, strict=True)]
EXPECTED = {
    "accuracy": [far == 0 for far in FAR],
    "one_off": [far in (-1, 0, 1) for far in FAR],
    "error": FAR,
    "absolute_error": [abs(far) for far in FAR],
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_metric_of_this_project_equals_a_plain_loop(name: str) -> None:
    values = METRICS[name].per_face(LABELS, PROBABILITIES, np)

    assert values.tolist() == EXPECTED[name]


@pytest.mark.tf
@pytest.mark.parametrize("name", METRICS)
def test_every_metric_has_the_same_values_in_keras(name: str) -> None:
    from keras import ops

    values = METRICS[name].per_face(
        ops.convert_to_tensor(LABELS, "int32"), ops.convert_to_tensor(PROBABILITIES), ops
    )

    in_numpy = METRICS[name].per_face(LABELS, PROBABILITIES, np)
    assert ops.convert_to_numpy(values).tolist() == pytest.approx(in_numpy.tolist(), rel=1e-6)


def shipped(metrics: dict[str, Metric]) -> list[str]:
    """Those of this project, without rows added since."""
    return [name for name in metrics if name in EXPECTED]


def test_heads_without_order_have_the_metrics_that_need_none() -> None:
    assert shipped(METRICS) == list(EXPECTED)
    assert list(head_metrics("age")) == list(METRICS)
    assert shipped(head_metrics("gender")) == shipped(head_metrics("race")) == [ACCURACY]
    assert set(EXPECTED) - set(directed_metrics("age")) == {"error"}


def test_the_metric_of_the_gate_is_a_share_of_every_head_and_shown_everywhere() -> None:
    metric = METRICS[ACCURACY]

    assert (metric.kind, metric.needs_order, metric.higher_is_better) == ("share", False, True)
    assert ACCURACY in headline_metrics()


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_every_value_of_a_share_is_in_its_range(metric: Metric) -> None:
    values = np.asarray(metric.per_face(LABELS, PROBABILITIES, np), dtype=float)

    if metric.kind == "share":
        assert 0 <= values.min() <= values.max() <= 1


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("accuracy", 0.4567, "45.7"),
        ("one_off", 1.0, "100.0"),
        ("error", 0.1234, "+0.12"),
        ("error", -0.5, "-0.50"),
        ("error", -0.001, "0.00"),
        ("absolute_error", 0.456, "0.46"),
    ],
)
def test_a_value_is_printed_in_the_form_of_its_metric(name: str, value: float, text: str) -> None:
    assert METRICS[name].format(value) == text


def test_headings_and_titles_name_the_unit() -> None:
    assert [METRICS[name].heading for name in EXPECTED] == [
        "Exact, %", "1-off, %", "Error", "Absolute",
    ]  # fmt: skip
    assert METRICS["one_off"].full_title == "Within one class (1-off)"
    assert METRICS["absolute_error"].full_title == "Mean absolute error, in classes"
