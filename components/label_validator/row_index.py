"""The first look at all rows: what is kept of each, so that equal ones are found among all.

16 bytes a row stay in memory (face, labels, line), and what is different among people and photos.
"""

from bisect import bisect_right
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from components.label_validator.encoded_rows import Integers, Mask, Rows, has_text
from components.label_validator.text_hash import Hashes, hash_texts, mix
from schemas.folds import whole_fold
from schemas.labels.classes import GENDERS, UNKNOWN

_SOURCE_START = itemgetter(0)

NO_LABELS = -1  # Of rows that take no part: malformed ones.

# A face is a part of a photo: its file is named after the face's number and the photo.
_FACE_IN_PHOTO = r"(?s)(landmark|coarse_tilt)_aligned_face\.[^./]*\.([^/]*)$"


class Growing:
    """A one-dimensional array that grows in place, so that it is never there twice."""

    def __init__(self, kind: npt.DTypeLike) -> None:
        self._data = np.empty(1 << 12, kind)
        self._size = 0

    def extend(self, values: npt.NDArray[Any]) -> None:
        """Add values at the end."""
        size = self._size + len(values)
        if size > len(self._data):
            self._data.resize(size + size // 8, refcheck=False)
        self._data[self._size : size] = values
        self._size = size

    @property
    def values(self) -> npt.NDArray[Any]:
        """What was added."""
        return self._data[: self._size]


class Distinct:
    """The different numbers among many."""

    def __init__(self) -> None:
        self._sorted: npt.NDArray[np.uint64] = np.zeros(0, np.uint64)
        self._waiting: list[npt.NDArray[np.uint64]] = []
        self._size = 0

    def add(self, values: npt.NDArray[np.uint64]) -> None:
        """Take some numbers, each often."""
        self._waiting.append(values)
        self._size += len(values)
        if self._size > max(len(self._sorted) // 2, 1 << 16):
            self._settle()

    def _settle(self) -> None:
        self._sorted = np.unique(np.concatenate([self._sorted, *self._waiting]))
        self._waiting, self._size = [], 0

    @property
    def values(self) -> npt.NDArray[np.uint64]:
        """The numbers, sorted."""
        self._settle()
        return self._sorted


class Labels(NamedTuple):
    """One combination of labels as written."""

    age: str | None
    gender: str | None
    race: str | None

    @property
    def words(self) -> str:
        """Such as `(25, 32) m`."""
        return " ".join(text or "" for text in self).strip()


class Census:
    """What is known of all rows that were shown."""

    def __init__(self, *, photos: bool) -> None:
        self.faces = Growing(np.uint64)
        self.labels = Growing(np.int32)
        self.lines = Growing(np.uint32)
        self.combinations: dict[Labels, int] = {}
        self.sources: list[tuple[int, pa.Array, npt.NDArray[np.int64]]] = []
        self.people: dict[str, dict[str, Distinct]] = {"subject": {}, "photographer": {}}
        self.photos = {gender: Distinct() for gender in GENDERS} if photos else {}

    def add(self, rows: Rows) -> None:
        """Take the rows that follow those taken already."""
        start = len(self.faces.values)
        self.faces.extend(face_hashes(rows))
        self.labels.extend(np.where(rows.well_formed, self._label_codes(rows), NO_LABELS))
        self.lines.extend(rows.table["line"].to_numpy())
        self._add_sources(rows, start)
        self._add_people(rows)
        if self.photos:
            photos = photo_hashes(rows)
            for gender, found in self.photos.items():
                found.add(np.unique(photos[rows.well_formed & has_text(rows.genders, (gender,))]))

    def _label_codes(self, rows: Rows) -> npt.NDArray[np.int32]:
        columns = (rows.ages, rows.genders, rows.races)
        joined = np.zeros(len(rows.well_formed), np.int64)
        for column in columns:
            joined = joined * (len(column.texts) + 1) + column.codes + 1
        _, first, inverse = np.unique(joined, return_index=True, return_inverse=True)
        codes = [
            self.combinations.setdefault(
                Labels(*(column.text(int(place)) for column in columns)), len(self.combinations)
            )
            for place in first
        ]
        return np.array(codes, np.int32)[inverse]

    def _add_sources(self, rows: Rows, start: int) -> None:
        """Keep the source texts where they change: a file is many rows in a row."""
        codes = rows.files.codes
        changes = np.flatnonzero(np.diff(codes, prepend=-2))
        texts = rows.files.texts.take(pa.array(codes[changes]))
        self.sources.append((start, texts, changes))

    def place_in_words(self, row: int) -> str:
        """`<source>:<line>` of a row."""
        at = bisect_right(self.sources, row, key=_SOURCE_START) - 1
        start, texts, changes = self.sources[at]
        text = texts[int(np.searchsorted(changes, row - start, side="right")) - 1]
        return f"{text.as_py()}:{self.lines.values[row]}"

    def _add_people(self, rows: Rows) -> None:
        for role, by_fold in self.people.items():
            people = person_hashes(rows, role)
            for code, fold in enumerate(rows.folds.texts.to_pylist()):
                if fold != UNKNOWN:
                    chosen = people[rows.well_formed & (rows.folds.codes == code)]
                    by_fold.setdefault(fold, Distinct()).add(np.unique(chosen[chosen != 0]))

    def forget(self) -> None:
        """Let go of what only the comparison of all rows needs."""
        self.faces = Growing(np.uint64)
        self.people = {role: {} for role in self.people}
        self.photos = {}

    def people_in_two_folds(self, role: str) -> dict[int, list[str]]:
        """The folds of each person, by hash, that has rows in folds of two sides."""
        sides: dict[str, list[Hashes]] = {}
        for fold, found in self.people[role].items():
            sides.setdefault(whole_fold(fold), []).append(found.values)
        by_side = [np.unique(np.concatenate(found)) for found in sides.values()]
        people, counts = np.unique(np.concatenate([*by_side, _NONE]), return_counts=True)
        torn = people[counts > 1]
        folds: dict[int, list[str]] = {int(person): [] for person in torn}
        for fold in sorted(self.people[role]):
            for person in np.intersect1d(torn, self.people[role][fold].values):
                folds[int(person)].append(fold)
        return folds

    def mixed_photos(self) -> Hashes:
        """The photos that have faces of both genders, sorted."""
        if not self.photos:
            return _NONE
        one, other = (found.values for found in self.photos.values())
        return np.intersect1d(one, other, assume_unique=True)


_NONE: Hashes = np.zeros(0, np.uint64)


def face_hashes(rows: Rows) -> Hashes:
    """One number for each face: its content where a picture was read, its key elsewhere.

    Rows with the same key name the same file, so they have the same content.
    """
    faces = hash_texts(rows.table["key"])
    contents = rows.table["content_hash"]
    if contents.null_count < len(contents):
        read: Mask = contents.is_valid().to_numpy() & ~has_text(rows.faults, ("image_unreadable",))
        faces = np.where(read, mix(hash_texts(contents) + np.uint64(1)), faces)
    return faces


def person_hashes(rows: Rows, role: str) -> Hashes:
    """One number for each person of a source; 0 where nobody is named."""
    people = rows.subjects if role == "subject" else rows.photographers
    named = np.append(hash_texts(people.texts) | np.uint64(1), np.uint64(0))
    sources = np.append(hash_texts(rows.sources.texts), np.uint64(0))
    hashes = mix(named[people.codes] + sources[rows.sources.codes]) | np.uint64(1)
    return np.where(people.codes < 0, np.uint64(0), hashes)


def photo_hashes(rows: Rows) -> Hashes:
    """One number for each photo; a row whose name tells of none is a photo of its own."""
    key = rows.table["key"]
    return hash_texts(pc.replace_substring_regex(key, _FACE_IN_PHOTO, r"\1_aligned_face.\2"))


def in_sorted(values: npt.NDArray[Any], known: npt.NDArray[Any]) -> Integers:
    """The place of each value in a sorted array, -1 where it is not there."""
    if not len(known):
        return np.full(len(values), -1)
    places = np.minimum(np.searchsorted(known, values), len(known) - 1)
    return np.where(known[places] == values, places, -1)
