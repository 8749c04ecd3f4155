"""Repeated rows and conflicting labels among all rows of an index."""

from typing import NamedTuple

import numpy as np

from components.label_validator.encoded_rows import Integers
from components.label_validator.row_index import NO_LABELS, RowIndex
from components.label_validator.text_hash import Hashes

_BUCKETS = 16  # Faces are compared in this many parts, by hash: bounds the memory.


class RowPairs(NamedTuple):
    """Rows, each with the other row that its rejection names; in the order of rows."""

    rows: Integers
    others: Integers

    def within(self, start: int, size: int) -> tuple[Integers, Integers]:
        """(positions in a block of rows, their other rows)."""
        first, last = np.searchsorted(self.rows, [start, start + size])
        return self.rows[first:last] - start, self.others[first:last]


class RowGroups(NamedTuple):
    """The result of comparing all rows."""

    row_index: RowIndex
    labels: list[str]  # Label combinations as text, by code.
    repeats: RowPairs  # With the first row of the same face and labels.
    conflicts: RowPairs  # With the first row of the same face and other labels.
    people: dict[str, dict[int, list[str]]]  # Role to person's hash to folds: those in two.
    photos: Hashes  # Photos with faces of both genders, sorted.
    near: RowPairs  # Near repeats that are to be rejected, with the row that stays.


def find_groups(index: RowIndex) -> RowGroups:
    """Compare all rows of an index."""
    faces, labels = index.faces.values, index.labels.values
    pairs = [_compare(bucket, faces, labels) for bucket in range(_BUCKETS)]
    return RowGroups(
        index,
        [str(combination) for combination in index.combinations],
        _merge([repeats for repeats, _ in pairs]),
        _merge([conflicts for _, conflicts in pairs]),
        {role: index.people_in_two_folds(role) for role in index.people},
        index.mixed_photos(),
        RowPairs(np.zeros(0, np.int64), np.zeros(0, np.int64)),
    )


def _merge(pairs: list[RowPairs]) -> RowPairs:
    rows = np.concatenate([pair.rows for pair in pairs])
    others = np.concatenate([pair.others for pair in pairs])
    order = np.argsort(rows)
    return RowPairs(rows[order], others[order])


def _compare(bucket: int, faces: Hashes, labels: Integers) -> tuple[RowPairs, RowPairs]:
    """(repeats, conflicts) among the faces of one bucket."""
    width = (1 << 64) // _BUCKETS
    low, high = np.uint64(bucket * width), np.uint64((bucket + 1) * width - 1)
    rows = np.flatnonzero((faces >= low) & (faces <= high) & (labels != NO_LABELS))
    rows = rows[np.argsort(faces[rows], kind="stable")]
    same = faces[rows[1:]] == faces[rows[:-1]]
    shared = np.zeros(len(rows), np.bool_)
    shared[1:] |= same
    shared[:-1] |= same
    rows = rows[shared]  # Sorted by face, then by row.
    group = np.cumsum(np.append(True, np.diff(faces[rows]) != 0)[: len(rows)])
    return _repeats(rows, group, labels[rows]), _conflicts(rows, group, labels[rows])


def _repeats(rows: Integers, group: Integers, labels: Integers) -> RowPairs:
    first = rows[_first_positions(group * (int(labels.max(initial=0)) + 1) + labels)]
    repeated = first != rows
    return RowPairs(rows[repeated], first[repeated])


def _conflicts(rows: Integers, group: Integers, labels: Integers) -> RowPairs:
    first = _first_positions(group)
    differs = np.flatnonzero(labels != labels[first])  # From the first row of their face.
    in_conflict, second = np.unique(group[differs], return_index=True)
    agrees = np.flatnonzero((labels == labels[first]) & np.isin(group, in_conflict))
    others = differs[second[np.searchsorted(in_conflict, group[agrees])]]
    return RowPairs(
        np.concatenate([rows[differs], rows[agrees]]),
        np.concatenate([rows[first[differs]], rows[others]]),
    )


def _first_positions(codes: Integers) -> Integers:
    """For each item, the position of the first item with the same code."""
    _, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    return first[inverse].astype(np.int64)
