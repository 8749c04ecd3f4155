"""Near repeats among all rows: pictures that are the same up to scale and encoding."""

from typing import Any, NamedTuple

import numpy as np

from components.label_validator.duplicates import RowGroups, RowPairs
from components.label_validator.encoded_rows import EncodedRows, Integers, Mask
from components.label_validator.near_pairs import differing_bits, find_near_pairs, first_of_group
from components.label_validator.row_index import GrowableArray, RowIndex
from schemas.folds import people_of

_LISTED = 100  # Pairs across folds that the report lists.
_WORDS = 4  # uint64 of a hash.


class NearIndex:
    """Hashes and folds of the rows with a picture; 44 bytes each."""

    def __init__(self) -> None:
        self.rows = GrowableArray(np.int64)
        self.hashes = GrowableArray(np.uint64)
        self.folds = GrowableArray(np.int32)  # Index in the keys of `fold_codes`.
        self.fold_codes: dict[str, int] = {}

    def add(self, rows: EncodedRows, start: int) -> None:
        """Add the rows that have a hash and no fault; the first row has the number `start`."""
        hashes = rows.table["near_hash"]
        if hashes.null_count == len(hashes):
            return
        with_hash = hashes.is_valid().to_numpy() & (rows.faults.codes < 0)
        positions = np.flatnonzero(with_hash)
        digits = "".join(hashes.filter(with_hash).to_pylist())
        codes = [
            self.fold_codes.setdefault(fold, len(self.fold_codes))
            for fold in rows.folds.texts.to_pylist()
        ]
        self.rows.extend(positions + start)
        self.hashes.extend(np.frombuffer(bytes.fromhex(digits), np.uint64))
        self.folds.extend(np.array(codes, np.int32)[rows.folds.codes[positions]])


class NearPairs(NamedTuple):
    """Pairs of near repeats; one item a pair, sorted by second and first row."""

    compared: int  # Rows that were compared.
    first: Integers  # Row numbers.
    second: Integers
    bits: Integers  # In which the hashes differ.
    folds: list[tuple[str, str]]  # Of the first and the second row.

    def of_rows(self, rows: Integers) -> "NearPairs":
        """The pairs of which both rows are among `rows`."""
        kept: Mask = np.isin(self.first, rows) & np.isin(self.second, rows)
        folds = [folds for folds, keep in zip(self.folds, kept, strict=True) if keep]
        return NearPairs(self.compared, self.first[kept], self.second[kept], self.bits[kept], folds)

    @property
    def rows(self) -> Integers:
        """The rows of all pairs, sorted."""
        return np.union1d(self.first, self.second)

    def rejected(self) -> RowPairs:
        """Every row but the first of each group of connected pairs, with that first row."""
        rows = self.rows
        first = np.searchsorted(rows, self.first)
        second = np.searchsorted(rows, self.second)
        kept = first_of_group(first, second, len(rows))
        others = np.flatnonzero(kept != np.arange(len(rows)))
        return RowPairs(rows[others], rows[kept[others]])

    def report(self, index: RowIndex) -> dict[str, Any]:
        """Counts, and the first pairs across folds with their places."""
        across = [
            number
            for number, (one, other) in enumerate(self.folds)
            if people_of(one) != people_of(other)
        ]
        listed = [
            {
                "first": index.location(int(self.first[number])),
                "first_fold": self.folds[number][0],
                "second": index.location(int(self.second[number])),
                "second_fold": self.folds[number][1],
                "bits": int(self.bits[number]),
            }
            for number in across[:_LISTED]
        ]
        return {
            "compared": self.compared,
            "pairs": len(self.first),
            "across_folds": len(across),
            "listed": listed,
        }


def find_near_repeats(index: NearIndex, groups: RowGroups) -> NearPairs:
    """Compare all rows of an index but repeats and conflicts."""
    known = np.union1d(groups.repeats.rows, groups.conflicts.rows)
    compared = np.flatnonzero(~np.isin(index.rows.values, known))
    hashes = index.hashes.values.reshape(-1, _WORDS)[compared]
    first, second = find_near_pairs(hashes)
    names, codes = list(index.fold_codes), index.folds.values[compared]
    folds = [(names[codes[one]], names[codes[two]]) for one, two in zip(first, second, strict=True)]
    rows = index.rows.values[compared]
    bits = differing_bits(hashes, first, second)
    return NearPairs(len(rows), rows[first], rows[second], bits, folds)
