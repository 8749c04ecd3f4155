"""A cross-validation by fold, with mean and standard deviation over the folds."""

import statistics
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from components.bias_review import groups
from components.bias_review.groups import Group
from components.bias_review.measures.estimates import Estimator
from schemas.config.blocks import EvaluateConfig
from schemas.metrics import METRICS

FOLD = "fold"


class Spread(NamedTuple):
    """A metric over the folds; each fold has the same weight, whatever its number of images."""

    mean: float
    deviation: float | None  # Sample standard deviation (n - 1); None for one fold.


class FoldsReview(NamedTuple):
    """One head over the folds."""

    folds: tuple[Group, ...]  # One per fold with a labelled face, in the folds' order.
    means: Mapping[str, Spread]  # Of the headline metrics of the head.


def review_folds(estimator: Estimator, config: EvaluateConfig) -> FoldsReview:
    """The folds as groups, and the means over them.

    Args:
      estimator: of one head, with the predictions of all folds' models.
      config: minimum size of a judged group.
    """
    folds = tuple(groups.slice_groups(estimator, (FOLD,), config))
    means = {
        name: spread([group.metrics[name].value for group in folds])
        for name in estimator.rows.values
        if METRICS[name].headline
    }
    return FoldsReview(folds, means)


def spread(values: Sequence[float]) -> Spread:
    """Mean and sample standard deviation of one value per fold; at least one value."""
    deviation = statistics.stdev(values) if len(values) > 1 else None
    return Spread(statistics.fmean(values), deviation)
