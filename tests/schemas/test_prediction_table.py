"""Which metrics are stored with the predictions: found out, not declared."""

from collections.abc import Callable
from typing import Any

import pytest

from schemas.errors import ConfigError
from schemas.metrics import ACCURACY, METRICS
from schemas.prediction_table import PREDICTIONS, STORED_METRICS, reads_probabilities

PerFace = Callable[[Any, Any, Any], Any]
SHIPPED = ("accuracy", "one_off", "error", "absolute_error")


def true_probability(labels: Any, probabilities: Any, ops: Any) -> Any:
    return ops.take_along_axis(probabilities, labels[:, None], axis=-1)[:, 0]


def cross_entropy(labels: Any, probabilities: Any, ops: Any) -> Any:
    return -ops.log(true_probability(labels, probabilities, ops))


def among_likeliest_two(labels: Any, probabilities: Any, ops: Any) -> Any:
    of_label = ops.take_along_axis(probabilities, labels[:, None], axis=-1)
    return ops.sum(probabilities > of_label, axis=-1) < 2


def right_and_sure(labels: Any, probabilities: Any, ops: Any) -> Any:
    right = ops.argmax(probabilities, axis=-1) == labels
    return ops.logical_and(right, ops.max(probabilities, axis=-1) > 0.999)


def right_and_not_uniform(labels: Any, probabilities: Any, ops: Any) -> Any:
    right = ops.argmax(probabilities, axis=-1) == labels
    return ops.logical_and(right, ops.max(probabilities, axis=-1) > 0.15)


def is_two_off(labels: Any, probabilities: Any, ops: Any) -> Any:
    return ops.abs(ops.argmax(probabilities, axis=-1) - labels) <= 2


def label_of_the_first_class(labels: Any, *_: Any) -> Any:
    return labels == 0


@pytest.fixture
def with_metric(monkeypatch: pytest.MonkeyPatch) -> Callable[[PerFace], None]:
    """Add a row `new` of the function to the table, without any flag."""

    def add(per_face: PerFace) -> None:
        row = METRICS[ACCURACY]._replace(per_face=per_face, short="new", title="New", meaning="new")
        monkeypatch.setitem(METRICS, "new", row)

    return add


@pytest.mark.parametrize(
    "per_face",
    [
        true_probability,
        cross_entropy,
        among_likeliest_two,
        right_and_sure,
        right_and_not_uniform,
    ],
)
def test_a_metric_of_the_probabilities_is_recognised(
    per_face: PerFace, with_metric: Callable[[PerFace], None]
) -> None:
    with_metric(per_face)

    assert [reads_probabilities("new") for _ in range(3)] == [True] * 3


@pytest.mark.parametrize("per_face", [is_two_off, label_of_the_first_class])
def test_a_metric_of_the_likeliest_class_is_not_stored(
    per_face: PerFace, with_metric: Callable[[PerFace], None]
) -> None:
    with_metric(per_face)

    assert not reads_probabilities("new")


def test_no_metric_of_this_project_has_a_column() -> None:
    assert not {*SHIPPED} & {*STORED_METRICS, *PREDICTIONS.names}


@pytest.mark.parametrize(
    ("per_face", "message"),
    [
        (lambda _, probabilities, __: probabilities[:, 99], "'new' failed .*IndexError"),
        (lambda _, probabilities, __: probabilities, r"'new' returned the shape \(256, 2\)"),
        (lambda _, probabilities, ops: ops.mean(probabilities), r"'new' returned .* \(\)"),
    ],
    ids=["fails", "two axes", "one number"],
)
def test_a_faulty_function_is_refused_under_its_name(
    per_face: PerFace, message: str, with_metric: Callable[[PerFace], None]
) -> None:
    with_metric(per_face)

    with pytest.raises(ConfigError, match=message):
        reads_probabilities("new")
