"""The group with the lowest accuracy, and the gaps in accuracy between groups."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from components.bias_review import intervals
from components.bias_review.groups import OVERALL, Group, group_mask
from components.bias_review.intervals import Estimate
from components.bias_review.predictions import HeadRows
from schemas.metrics import ACCURACY


class Gap(NamedTuple):
    """The difference in accuracy of two groups of one head, as a share in [0, 1]."""

    head: str
    slice: str
    best: str  # Group names.
    worst: str
    best_accuracy: float
    worst_accuracy: float
    gap: Estimate


def accuracy(group: Group) -> Estimate:
    """The accuracy of a group with images; every judged group has some."""
    if group.accuracy is None:
        raise ValueError(f"group {group.name!r} has no image and so no accuracy")
    return group.accuracy


def worst_group(groups: Sequence[Group]) -> Group | None:
    """The judged group of people with the lowest accuracy, whatever its slice or head.

    Ties are broken by the lower interval bound (none counts as lowest), then by name.
    """
    judged = [group for group in groups if group.judged and group.demographic]
    return min(judged, key=_badness, default=None)


def slice_gap(rows: HeadRows, groups: Sequence[Group], seed: int) -> Gap | None:
    """Best minus worst judged group of one slice; None if fewer than two are judged."""
    judged = [group for group in groups if group.judged]
    if len(judged) < 2:
        return None
    worst = min(judged, key=_badness)
    rest = [group for group in judged if group is not worst]
    best = max(rest, key=lambda group: (accuracy(group).value, group.name))
    return gap_between(rows, best, worst, seed)


def gap_between(rows: HeadRows, best: Group, worst: Group, seed: int) -> Gap:
    """The gap of two groups that may share subjects, which are drawn jointly.

    The pair is fixed before drawing. It was selected for its distance, so the gap is on average
    larger than on new faces; the page says so.
    """
    top, bottom = accuracy(best), accuracy(worst)
    paired = None
    if intervals.all_resampled(top, bottom):
        name = f"{rows.head}/{best.name} - {worst.name}"
        paired = _paired_shares(rows, best, worst, intervals.generator(seed, name))
    slice_name = OVERALL if best.slice == OVERALL else worst.slice
    gap = intervals.difference(top, bottom, paired)
    return Gap(rows.head, slice_name, best.name, worst.name, top.value, bottom.value, gap)


def _paired_shares(
    rows: HeadRows, best: Group, worst: Group, rng: np.random.Generator
) -> intervals.Floats:
    masks = [group_mask(rows, group.columns, group.values) for group in (best, worst)]
    either = masks[0] | masks[1]
    right = rows.values[ACCURACY]
    columns = [column[either] for mask in masks for column in (mask * right, mask)]
    totals = intervals.resample(intervals.subject_sums(rows.subject[either], columns), rng)
    images = totals[:, 1::2]
    return np.divide(totals[:, ::2], images, out=np.full_like(images, np.nan), where=images > 0)


def _badness(group: Group) -> tuple[float, float, str, str]:
    value, low, _, _ = accuracy(group)
    return (value, -1.0 if low is None else low, group.name, group.head)
