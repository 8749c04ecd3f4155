"""A cross-validation fold by fold, and how far the folds lie apart."""

import statistics
from collections.abc import Sequence
from typing import NamedTuple

from components.bias_review import gaps, groups
from components.bias_review.groups import Group
from components.bias_review.predictions import HeadRows
from schemas.config.blocks import EvaluateConfig

FOLD = "fold"


class Spread(NamedTuple):
    """An accuracy over the folds, each counting the same however many images it has; in [0, 1]."""

    mean: float
    deviation: float | None  # Sample standard deviation (n - 1); None: of one fold.


class FoldsReview(NamedTuple):
    """One head over the folds."""

    folds: tuple[Group, ...]  # One a fold that shows a labelled face, in the folds' order.
    exact: Spread
    one_off: Spread | None  # None: classes without order.


def review_folds(rows: HeadRows, config: EvaluateConfig, seed: int) -> FoldsReview:
    """Each fold as a group, and the mean over them.

    Args:
      rows: one head, the predictions of all folds' models.
      config: how large a judged group is.
      seed: of the bootstrap.
    """
    found = tuple(groups.slice_groups(rows, (FOLD,), config, seed))
    near = [group.one_off.value for group in found if group.one_off]
    return FoldsReview(
        folds=found,
        exact=spread([gaps.accuracy(group).value for group in found]),
        one_off=spread(near) if near else None,
    )


def spread(values: Sequence[float]) -> Spread:
    """Mean and sample standard deviation of one value a fold; one value at least."""
    deviation = statistics.stdev(values) if len(values) > 1 else None
    return Spread(statistics.fmean(values), deviation)
