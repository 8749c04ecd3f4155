"""The group with the lowest accuracy, and how far groups fall short of the other faces."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from components.bias_review.groups import Group, Mask, group_mask
from components.bias_review.measures import intervals
from components.bias_review.measures.estimates import Estimator
from components.bias_review.measures.intervals import Estimate
from components.bias_review.measures.permutation import ByChance, worst_by_chance
from components.bias_review.predictions import HeadRows
from schemas.labels.classes import UNKNOWN
from schemas.metrics import ACCURACY


class Shortfall(NamedTuple):
    """A judged group's accuracy below that of the slice's other faces, as a share in [-1, 1]."""

    group: Group
    others: Estimate

    @property
    def value(self) -> float:
        """Above 0 where the group does worse."""
        return self.others.value - accuracy(self.group).value

    def bounds(self, tail: float) -> tuple[float, float]:
        """The bounds of the difference with `tail` beyond each."""
        return intervals.difference_bounds(self.others, accuracy(self.group), tail)


class SliceTest(NamedTuple):
    """Whether the worst judged group of a slice is worse than chance."""

    head: str
    slice: str
    worst: Group
    found: ByChance
    rest: ByChance | None  # The same without the worst group; None: one other group.


def accuracy(group: Group) -> Estimate:
    """The accuracy of a group with images; every judged group has some."""
    if group.accuracy is None:
        raise ValueError(f"group {group.name!r} has no image and so no accuracy")
    return group.accuracy


def worst_group(groups: Sequence[Group]) -> Group | None:
    """The worst judged group of people by `badness`, whatever its slice or head."""
    judged = [group for group in groups if group.judged and group.demographic]
    return min(judged, key=badness, default=None)


def shortfalls(
    estimator: Estimator, groups: Sequence[Group], *, largest: bool = False
) -> list[Shortfall]:
    """That of each judged group of one slice with other faces of known values, largest first.

    Args:
      estimator: of the head.
      groups: all groups of one slice.
      largest: whether only the largest is wanted.
    """
    known = [group for group in groups if group.images and UNKNOWN not in group.values]
    images = sum(group.images for group in known)
    right = sum(group.images * accuracy(group).value for group in known)

    def others(group: Group) -> float:
        """Accuracy of the slice's other known faces."""
        return (right - group.images * accuracy(group).value) / (images - group.images)

    judged = [group for group in groups if group.judged and group.images < images]
    judged.sort(key=lambda group: accuracy(group).value - others(group))
    return [_shortfall(estimator, group) for group in judged[: 1 if largest else None]]


def _shortfall(estimator: Estimator, group: Group) -> Shortfall:
    rows = estimator.rows
    others = _known(rows, group.columns) & ~group_mask(rows, group.columns, group.values)
    return Shortfall(group, estimator.estimate(np.flatnonzero(others), (ACCURACY,))[ACCURACY])


def spread_over_folds(rows: HeadRows, shortfalls: Sequence[Shortfall]) -> list[float]:
    """The largest shortfall of a slice within each fold that has faces of its group and others."""
    if not shortfalls:
        return []
    group = shortfalls[0].group
    known = _known(rows, group.columns)
    inside = group_mask(rows, group.columns, group.values)
    right, found = rows.values[ACCURACY], []
    for fold in rows.columns["fold"].texts:
        here = known & rows.columns["fold"].has(fold)
        if (here & inside).any() and (here & ~inside).any():
            found.append(float(right[here & ~inside].mean() - right[here & inside].mean()))
    return found


def compare_worst(rows: HeadRows, groups: Sequence[Group], seed: int) -> SliceTest | None:
    """Test the worst judged group of one slice; None if fewer than two are judged."""
    judged = [group for group in groups if group.judged]
    found = _permute(rows, judged, seed)
    if found is None:
        return None
    worst = min(judged, key=badness)
    rest = _permute(rows, [group for group in judged if group is not worst], seed)
    return SliceTest(rows.head, worst.slice, worst, found, rest)


def _permute(rows: HeadRows, groups: Sequence[Group], seed: int) -> ByChance | None:
    number = np.full(len(rows.label), -1, np.int64)
    for index, group in enumerate(groups):
        number[group_mask(rows, group.columns, group.values)] = index
    kept = number >= 0
    right = rows.values[ACCURACY][kept].astype(np.bool_)
    rng = np.random.default_rng(seed)
    return worst_by_chance(rows.subject[kept], number[kept], right, rng)


def _known(rows: HeadRows, columns: Sequence[str]) -> Mask:
    """(faces,): whether each face has a known value in every column."""
    known = np.ones(len(rows.label), np.bool_)
    for column in columns:
        known &= ~rows.columns[column].has(UNKNOWN)
    return known


def badness(group: Group) -> tuple[float, float, str, str]:
    """Sorts the lowest accuracy first; ties by the lower bound (none is lowest), then by name."""
    estimate = accuracy(group)
    low = -1.0 if estimate.low is None else estimate.low
    return (estimate.value, low, group.name, group.head)
