"""An index of all rows for finding duplicates and people in two folds.

Keeps 16 bytes a row in memory (face, labels, line), and the distinct people and photos.
"""

from bisect import bisect_right
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from components.label_validator.encoded_rows import (
    EncodedRows,
    Integers,
    LabelColumn,
    Mask,
    has_text,
)
from components.label_validator.text_hash import Hashes, hash_texts, mix
from schemas.folds import people_of
from schemas.labels.classes import GENDERS, UNKNOWN

_SOURCE_START = itemgetter(0)

ROLES = ("subject", "photographer")
NO_LABELS = -1  # Of malformed rows, which are not compared.

# A photo can show several faces; the name of a face's file ends with the photo's name.
_FACE_IN_PHOTO = r"(?s)(landmark|coarse_tilt)_aligned_face\.[^./]*\.([^/]*)$"


class GrowableArray:
    """A one-dimensional array that grows in place, without a second copy in memory."""

    def __init__(self, kind: npt.DTypeLike) -> None:
        self._data = np.empty(1 << 12, kind)
        self._size = 0

    def extend(self, values: npt.NDArray[Any]) -> None:
        """Append values."""
        size = self._size + len(values)
        if size > len(self._data):
            self._data.resize(size + size // 8, refcheck=False)
        self._data[self._size : size] = values
        self._size = size

    @property
    def values(self) -> npt.NDArray[Any]:
        """All values."""
        return self._data[: self._size]


class DistinctSet:
    """The distinct values of a stream of numbers."""

    def __init__(self) -> None:
        self._sorted: npt.NDArray[np.uint64] = np.zeros(0, np.uint64)
        self._pending: list[npt.NDArray[np.uint64]] = []
        self._pending_size = 0

    def add(self, values: npt.NDArray[np.uint64]) -> None:
        """Add numbers; repeated ones count once."""
        self._pending.append(values)
        self._pending_size += len(values)
        if self._pending_size > max(len(self._sorted) // 2, 1 << 16):
            self._merge()

    def _merge(self) -> None:
        self._sorted = np.unique(np.concatenate([self._sorted, *self._pending]))
        self._pending, self._pending_size = [], 0

    @property
    def values(self) -> npt.NDArray[np.uint64]:
        """The distinct numbers, sorted."""
        self._merge()
        return self._sorted


class LabelTexts(NamedTuple):
    """One combination of labels, by their meanings."""

    age: str | None
    gender: str | None
    race: str | None

    def __str__(self) -> str:
        """For example `(25, 32) m`."""
        return " ".join(text or "" for text in self).strip()


class RowIndex:
    """Faces, labels, lines and people of all rows that were added."""

    def __init__(self, *, photos: bool) -> None:
        self.faces = GrowableArray(np.uint64)
        self.labels = GrowableArray(np.int32)
        self.lines = GrowableArray(np.uint32)
        self.combinations: dict[LabelTexts, int] = {}
        self.sources: list[tuple[int, pa.Array, npt.NDArray[np.int64]]] = []
        self.people: dict[str, dict[str, DistinctSet]] = {role: {} for role in ROLES}
        self.photos = {gender: DistinctSet() for gender in GENDERS} if photos else {}

    def add(self, rows: EncodedRows) -> None:
        """Add the next rows."""
        start = len(self.faces.values)
        self.faces.extend(face_hashes(rows))
        self.labels.extend(np.where(rows.well_formed, self._label_codes(rows), NO_LABELS))
        self.lines.extend(rows.table["line"].to_numpy())
        self._add_sources(rows, start)
        self._add_people(rows)
        if self.photos:
            photos, genders = photo_hashes(rows), rows.genders.meanings
            for gender, known in self.photos.items():
                known.add(np.unique(photos[rows.well_formed & has_text(genders, (gender,))]))

    def _label_codes(self, rows: EncodedRows) -> npt.NDArray[np.int32]:
        columns = (rows.ages, rows.genders, rows.races)
        joined = np.zeros(len(rows.well_formed), np.int64)
        for column in columns:
            joined = joined * (len(column.readings) + 1) + column.codes + 1
        _, first, inverse = np.unique(joined, return_index=True, return_inverse=True)
        codes = [
            self.combinations.setdefault(
                LabelTexts(*(_meaning(column, int(row)) for column in columns)),
                len(self.combinations),
            )
            for row in first
        ]
        return np.array(codes, np.int32)[inverse]

    def _add_sources(self, rows: EncodedRows, start: int) -> None:
        """Keep the label file's name where it changes: a file has many consecutive rows."""
        codes = rows.files.codes
        changes = np.flatnonzero(np.diff(codes, prepend=-2))
        texts = rows.files.texts.take(pa.array(codes[changes]))
        self.sources.append((start, texts, changes))

    def location(self, row: int) -> str:
        """`<label file>:<line>` of a row."""
        block = bisect_right(self.sources, row, key=_SOURCE_START) - 1
        start, texts, changes = self.sources[block]
        text = texts[int(np.searchsorted(changes, row - start, side="right")) - 1]
        return f"{text.as_py()}:{self.lines.values[row]}"

    def _add_people(self, rows: EncodedRows) -> None:
        for role, by_fold in self.people.items():
            people = person_hashes(rows, role)
            for code, fold in enumerate(rows.folds.texts.to_pylist()):
                if fold != UNKNOWN:
                    in_fold = people[rows.well_formed & (rows.folds.codes == code)]
                    by_fold.setdefault(fold, DistinctSet()).add(np.unique(in_fold[in_fold != 0]))

    def drop_comparison_data(self) -> None:
        """Free the memory that only the comparison of all rows needs."""
        self.faces = GrowableArray(np.uint64)
        self.people = {role: {} for role in self.people}
        self.photos = {}

    def people_in_two_folds(self, role: str) -> dict[int, list[str]]:
        """{hash of a person: folds} of the people with rows in two folds.

        A fold and the folds that were cut from it count as one.
        """
        sides: dict[str, list[Hashes]] = {}
        for fold, people_set in self.people[role].items():
            sides.setdefault(people_of(fold), []).append(people_set.values)
        by_side = [np.unique(np.concatenate(parts)) for parts in sides.values()]
        people, counts = np.unique(np.concatenate([*by_side, _NONE]), return_counts=True)
        in_conflict = people[counts > 1]
        folds: dict[int, list[str]] = {int(person): [] for person in in_conflict}
        for fold in sorted(self.people[role]):
            for person in np.intersect1d(in_conflict, self.people[role][fold].values):
                folds[int(person)].append(fold)
        return folds

    def mixed_photos(self) -> Hashes:
        """Hashes of the photos with faces of both genders, sorted."""
        if not self.photos:
            return _NONE
        first, second = (photos.values for photos in self.photos.values())
        return np.intersect1d(first, second, assume_unique=True)


def _meaning(column: LabelColumn, row: int) -> str | None:
    reading = column.reading(row)
    return None if reading is None else reading.meaning


_NONE: Hashes = np.zeros(0, np.uint64)


def face_hashes(rows: EncodedRows) -> Hashes:
    """A hash for each face: of its content if the image was read, else of its key.

    Rows with the same key name the same file and have the same content.
    """
    faces = hash_texts(rows.table["key"])
    contents = rows.table["content_hash"]
    if contents.null_count < len(contents):
        read: Mask = contents.is_valid().to_numpy() & ~has_text(rows.faults, ("image_unreadable",))
        faces = np.where(read, mix(hash_texts(contents) + np.uint64(1)), faces)
    return faces


def person_hashes(rows: EncodedRows, role: str) -> Hashes:
    """A hash for each person of a source; 0 without a name."""
    people = rows.subjects if role == "subject" else rows.photographers
    named = np.append(hash_texts(people.texts) | np.uint64(1), np.uint64(0))
    sources = np.append(hash_texts(rows.sources.texts), np.uint64(0))
    hashes = mix(named[people.codes] + sources[rows.sources.codes]) | np.uint64(1)
    return np.where(people.codes < 0, np.uint64(0), hashes)


def photo_hashes(rows: EncodedRows) -> Hashes:
    """A hash for each photo; a row whose key names no photo is its own photo."""
    key = rows.table["key"]
    return hash_texts(pc.replace_substring_regex(key, _FACE_IN_PHOTO, r"\1_aligned_face.\2"))


def in_sorted(values: npt.NDArray[Any], known: npt.NDArray[Any]) -> Integers:
    """The position of each value in a sorted array, -1 if it is absent."""
    if not len(known):
        return np.full(len(values), -1)
    positions = np.minimum(np.searchsorted(known, values), len(known) - 1)
    return np.where(known[positions] == values, positions, -1)
