"""Whether the worst group of a slice is worse than chance, by permuting people between groups.

The worst of many groups looks bad even where all are equal. So the images that each person has in
a group are dealt anew to the groups, which keep their numbers of people, and the worst accuracy of
each draw is compared with the one found (Fisher 1935, The Design of Experiments; for the largest of
several differences Westfall and Young 1993, Resampling-Based Multiple Testing).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from components.bias_review.measures.clusters import Floats, Ints

MOST_DRAWS = 10_000
# Draws at least as bad that end the permutation: p is then known to a third of itself (Besag and
# Clifford 1991, Sequential Monte Carlo p-values, Biometrika 78, 301-304).
ENOUGH = 30
_CHUNK = 4_000_000  # Permuted values at a time: 32 MB.
_FIRST_DRAWS = 250
_SHIFT = 32  # Images and right images of a person in one number.


class ByChance(NamedTuple):
    """The worst group beside what chance alone gives."""

    p: float  # Of a worst group at least as bad, if all groups are equal.
    expected: float  # Mean accuracy of the worst group, if all are equal.
    draws: int


def worst_by_chance(
    subject: Ints, group: Ints, right: npt.NDArray[np.bool_], rng: np.random.Generator
) -> ByChance | None:
    """Compare the lowest accuracy of the groups with that of people who are permuted between them.

    Args:
      subject: (faces,), number of each face's subject.
      group: (faces,), number of each face's group.
      right: (faces,), whether the model was right.
      rng: random numbers.

    Returns:
      None for fewer than two groups.
    """
    _, group = np.unique(group, return_inverse=True)
    groups = int(group.max(initial=-1)) + 1
    if groups < 2:
        return None
    # A person's images in one group stay together; sorted by group.
    person, first = np.unique(group * (subject.max() + 1) + subject, return_index=True)
    unit = np.searchsorted(person, group * (subject.max() + 1) + subject)
    values = np.bincount(unit) << _SHIFT | np.bincount(unit, weights=right).astype(np.int64)
    starts = np.searchsorted(group[first], np.arange(groups))
    found = _lowest(values[None], starts)[0]
    lowest: list[Floats] = []
    size, draws, as_bad = _FIRST_DRAWS, 0, 0
    while draws < MOST_DRAWS and as_bad < ENOUGH:
        size = max(1, min(size, MOST_DRAWS - draws, _CHUNK // len(values)))
        permuted = rng.permuted(np.broadcast_to(values, (size, len(values))), axis=1)
        lowest.append(_lowest(permuted, starts))
        as_bad += int((lowest[-1] <= found + 1e-12).sum())
        draws += size
        size *= 2
    return ByChance((as_bad + 1) / (draws + 1), float(np.concatenate(lowest).mean()), draws)


def _lowest(values: Ints, starts: Ints) -> Floats:
    """(draws,): the lowest accuracy of the groups that begin at `starts`."""
    sums = np.add.reduceat(values, starts, axis=1)
    images, right = sums >> _SHIFT, sums & ((1 << _SHIFT) - 1)
    return np.asarray((right / images).min(axis=1))


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's adjusted p-values of several tests, in their order.

    Holm 1979, A simple sequentially rejective multiple test procedure, Scandinavian Journal of
    Statistics 6, 65-70.
    """
    order = np.argsort(p_values, kind="stable")
    remaining = len(p_values) - np.arange(len(p_values))
    adjusted = np.maximum.accumulate(np.asarray(p_values)[order] * remaining)
    result = np.empty(len(p_values))
    result[order] = np.minimum(adjusted, 1.0)
    return [float(value) for value in result]
