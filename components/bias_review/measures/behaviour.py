"""What a model does with the faces of one group, beside how often it is right."""

from typing import NamedTuple

from components.bias_review.measures.confidence import (
    Answered,
    Bin,
    answered,
    calibration_error,
    reliability,
)
from components.bias_review.measures.mistakes import Ints, Mistake, mistakes
from components.bias_review.measures.rates import Rates, rates
from components.bias_review.predictions import HeadRows

THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)  # Of `Undefined`, as of train.net.threshold.
_BINARY = 2  # Classes of a head with error rates.


class Behaviour(NamedTuple):
    """Of the faces of a group with at least one image."""

    confidence: float  # Mean probability of the predicted class.
    bins: tuple[Bin, ...]
    calibration_error: float
    answered: tuple[Answered, ...]  # One per threshold.
    mistakes: tuple[Mistake, ...]
    rates: Rates | None  # Of a head with two classes.


def behaviour(rows: HeadRows, members: Ints) -> Behaviour | None:
    """The behaviour on one group; None without an image.

    Args:
      rows: of one head.
      members: places of the group's faces.
    """
    if not len(members):
        return None
    label, predicted = rows.label[members], rows.predicted[members]
    confidence, right = rows.confidence[members], label == predicted
    bins = reliability(confidence, right)
    binary = len(rows.classes) == _BINARY
    return Behaviour(
        float(confidence.mean()),
        tuple(bins),
        calibration_error(bins),
        tuple(answered(confidence, right, threshold) for threshold in THRESHOLDS),
        mistakes(rows, members),
        rates(label, predicted) if binary else None,
    )
