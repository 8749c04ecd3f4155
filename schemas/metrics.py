"""The metrics table: each metric is defined once here and reported by every step that has metrics.

Training, TFMA, the review's page, card, CSV and JSON, and the summary of a run iterate over
METRICS. The gate and the choice of the worst group use `accuracy` alone.
"""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from schemas.errors import ConfigError
from schemas.labels.classes import ORDERED


class Metric(NamedTuple):
    """A value per face, reported as its mean over the labelled faces of a group."""

    # (labels, probabilities, ops) to (faces,): bool, int or float. Labels are class numbers
    # (faces,), in training also -1 for faces of weight 0; probabilities have shape
    # (faces, classes), with any number of classes. `ops` is numpy, or in training keras.ops with
    # symbolic tensors: no len, loops or fancy indexing.
    per_face: Callable[[Any, Any, Any], Any]
    short: str  # In tables: `1-off`.
    title: str  # Above a single number: `Within one class (1-off)`.
    meaning: str  # One clause, for the page and the card.
    kind: Literal["share", "mean"]  # A share is in [0, 1] and printed in per cent.
    higher_is_better: bool | None  # None: neither; such a metric is reported by the review alone.
    unit: str = ""  # Of a mean: `classes`.
    needs_order: bool = False  # Only for heads with ordered classes.
    # Also in slices.csv, the means over folds, the card's table and the terminal.
    headline: bool = True
    note: str = ""  # Beside its number on the page.

    @property
    def heading(self) -> str:
        """The heading of a column: `1-off, %`."""
        text = self.short[0].upper() + self.short[1:]
        return f"{text}, %" if self.kind == "share" else text

    @property
    def full_title(self) -> str:
        """The title with the unit of a mean: `Mean error, in classes`."""
        return f"{self.title}, in {self.unit}" if self.kind == "mean" and self.unit else self.title

    def format(self, value: float) -> str:
        """A value as text: per cent without the sign, or two decimals, signed without direction."""
        if self.kind == "share":
            return f"{100 * value:.1f}"
        text = f"{value:+.2f}" if self.higher_is_better is None else f"{value:.2f}"
        return "0.00" if float(text) == 0 else text


_EXPECTED = (
    "Expected is one value per face, (faces,), by functions that numpy and keras.ops share; "
    "see `Metric` in schemas/metrics.py."
)


def _classes_off(labels: Any, probabilities: Any, ops: Any) -> Any:
    """Likeliest class minus labelled class."""
    return ops.argmax(probabilities, axis=-1) - labels


def _is_exact(labels: Any, probabilities: Any, ops: Any) -> Any:
    return _classes_off(labels, probabilities, ops) == 0


def _is_one_off(labels: Any, probabilities: Any, ops: Any) -> Any:
    return ops.abs(_classes_off(labels, probabilities, ops)) <= 1


def _absolute_error(labels: Any, probabilities: Any, ops: Any) -> Any:
    return ops.abs(_classes_off(labels, probabilities, ops))


ACCURACY = "accuracy"

METRICS: dict[str, Metric] = {
    ACCURACY: Metric(
        _is_exact,
        short="exact",
        title="Accuracy",
        meaning="share of images whose likeliest class is the label",
        kind="share",
        higher_is_better=True,
    ),
    # Reported beside the exact accuracy by Levi and Hassner 2015.
    "one_off": Metric(
        _is_one_off,
        short="1-off",
        title="Within one class (1-off)",
        meaning="share of images whose likeliest class is at most one class from the label",
        kind="share",
        higher_is_better=True,
        needs_order=True,
    ),
    "error": Metric(
        _classes_off,
        short="error",
        title="Mean error",
        meaning="mean of predicted minus labelled class number",
        kind="mean",
        higher_is_better=None,
        unit="classes",
        needs_order=True,
        headline=False,
        note="above 0: predicted too old",
    ),
    "absolute_error": Metric(
        _absolute_error,
        short="absolute",
        title="Mean absolute error",
        meaning="mean distance of the predicted from the labelled class number",
        kind="mean",
        higher_is_better=False,
        unit="classes",
        needs_order=True,
        headline=False,
    ),
}


def metric_values(name: str, labels: Any, probabilities: Any, ops: Any) -> Any:
    """The value of a metric for each face, (faces,).

    Raises:
      ConfigError: its function fails or returns another shape.
    """
    try:
        values = METRICS[name].per_face(labels, probabilities, ops)
        shape = tuple(getattr(values, "shape", ()))
    except Exception as error:
        detail = str(error).rstrip(".")
        raise ConfigError(
            f"metric {name!r} failed on labels {labels.shape} and probabilities "
            f"{probabilities.shape}: {type(error).__name__}: {detail}. {_EXPECTED}"
        ) from error
    if len(shape) != 1:
        raise ConfigError(
            f"metric {name!r} returned the shape {shape} for labels {labels.shape} and "
            f"probabilities {probabilities.shape}. {_EXPECTED}"
        )
    return values


def head_metrics(head: str) -> dict[str, Metric]:
    """The metrics that the review reports of a head."""
    return {
        name: metric
        for name, metric in METRICS.items()
        if head in ORDERED or not metric.needs_order
    }


def directed_metrics(head: str) -> dict[str, Metric]:
    """The metrics of a head that have a better direction: those of training and of TFMA."""
    return {
        name: metric
        for name, metric in head_metrics(head).items()
        if metric.higher_is_better is not None
    }


def headline_metrics() -> dict[str, Metric]:
    """The metrics that are shown where space is short."""
    return {name: metric for name, metric in METRICS.items() if metric.headline}
