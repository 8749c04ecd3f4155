"""How far a model's confidence can be trusted: calibration, and accuracy above a threshold."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

BINS = 15


class Bin(NamedTuple):
    """Images of similar confidence."""

    images: int
    confidence: float  # Mean probability of the predicted class.
    accuracy: float


class Answered(NamedTuple):
    """What is left where predictions below a threshold are `Undefined`."""

    threshold: float
    share: float  # Of the images that get an answer.
    accuracy: float | None  # Of those; None: none gets one.


def reliability(confidence: Floats, right: Mask) -> list[Bin]:
    """Bins of equally many images, from the least to the most confident.

    Args:
      confidence: (images,), probability of the predicted class; at least one.
      right: (images,).
    """
    order = np.argsort(confidence, kind="stable")
    parts = np.array_split(order, min(BINS, len(order)))
    return [
        Bin(len(part), float(confidence[part].mean()), float(right[part].mean())) for part in parts
    ]


def calibration_error(bins: Sequence[Bin]) -> float:
    """The expected calibration error: the mean distance of confidence and accuracy over images.

    Nguyen and O'Connor 2015, Posterior calibration and exploratory analysis for natural language
    processing models, EMNLP, with bins of equal mass.
    """
    total = sum(each.images for each in bins)
    return sum(each.images * abs(each.confidence - each.accuracy) for each in bins) / total


def answered(confidence: Floats, right: Mask, threshold: float) -> Answered:
    """Share and accuracy of the images whose confidence is at or above a threshold."""
    kept = confidence >= threshold
    accuracy = float(right[kept].mean()) if kept.any() else None
    return Answered(threshold, float(kept.mean()), accuracy)
