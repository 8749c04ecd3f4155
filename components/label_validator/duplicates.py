"""Rows that belong together: repeats and conflicting labels, found among the rows of a census."""

from typing import NamedTuple

import numpy as np

from components.label_validator.encoded_rows import Integers
from components.label_validator.row_index import NO_LABELS, Census
from components.label_validator.text_hash import Hashes

_BUCKETS = 16  # Faces are compared in so many parts, by hash: bounds the memory.


class Pairs(NamedTuple):
    """Rows and, for each, the other row that explains it; in the order of rows."""

    rows: Integers
    others: Integers

    def within(self, start: int, size: int) -> tuple[Integers, Integers]:
        """(places in a block of rows, their other rows)."""
        first, last = np.searchsorted(self.rows, [start, start + size])
        return self.rows[first:last] - start, self.others[first:last]


class Groups(NamedTuple):
    """What the rows are to each other."""

    census: Census
    labels: list[str]  # In words, by code.
    repeats: Pairs  # With the first row of the same face and labels.
    conflicts: Pairs  # With the first row of the same face and other labels.
    people: dict[str, dict[int, list[str]]]  # Role to person's hash to folds: those in two.
    photos: Hashes  # Those with faces of both genders, sorted.


def find_groups(census: Census) -> Groups:
    """Compare all rows of a census."""
    faces, labels = census.faces.values, census.labels.values
    found = [_compare(part, faces, labels) for part in range(_BUCKETS)]
    return Groups(
        census,
        [one.words for one in census.combinations],
        _joined([repeats for repeats, _ in found]),
        _joined([conflicts for _, conflicts in found]),
        {role: census.people_in_two_folds(role) for role in census.people},
        census.mixed_photos(),
    )


def _joined(pairs: list[Pairs]) -> Pairs:
    rows = np.concatenate([pair.rows for pair in pairs])
    others = np.concatenate([pair.others for pair in pairs])
    order = np.argsort(rows)
    return Pairs(rows[order], others[order])


def _compare(part: int, faces: Hashes, labels: Integers) -> tuple[Pairs, Pairs]:
    """(repeats, conflicts) among the faces of one bucket."""
    width = (1 << 64) // _BUCKETS
    low, high = np.uint64(part * width), np.uint64((part + 1) * width - 1)
    rows = np.flatnonzero((faces >= low) & (faces <= high) & (labels != NO_LABELS))
    rows = rows[np.argsort(faces[rows], kind="stable")]
    same = faces[rows[1:]] == faces[rows[:-1]]
    shared = np.zeros(len(rows), np.bool_)
    shared[1:] |= same
    shared[:-1] |= same
    rows = rows[shared]  # Sorted by face, then by row.
    group = np.cumsum(np.append(True, np.diff(faces[rows]) != 0)[: len(rows)])
    return _repeats(rows, group, labels[rows]), _conflicts(rows, group, labels[rows])


def _repeats(rows: Integers, group: Integers, labels: Integers) -> Pairs:
    first = rows[_first_places(group * (int(labels.max(initial=0)) + 1) + labels)]
    repeated = first != rows
    return Pairs(rows[repeated], first[repeated])


def _conflicts(rows: Integers, group: Integers, labels: Integers) -> Pairs:
    first = _first_places(group)
    differs = np.flatnonzero(labels != labels[first])  # From the first row of their face.
    torn, second = np.unique(group[differs], return_index=True)
    alike = np.flatnonzero((labels == labels[first]) & np.isin(group, torn))
    others = differs[second[np.searchsorted(torn, group[alike])]]
    return Pairs(
        np.concatenate([rows[differs], rows[alike]]),
        np.concatenate([rows[first[differs]], rows[others]]),
    )


def _first_places(codes: Integers) -> Integers:
    """For each item, the place of the first item with the same code."""
    _, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    return first[inverse].astype(np.int64)
