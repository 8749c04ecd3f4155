"""Rows that belong together: repeats, conflicting labels, people in two folds."""

from typing import NamedTuple

import numpy as np
import pyarrow.compute as pc

from components.label_validator.rows import (
    Codes,
    Integers,
    Mask,
    Rows,
    encode,
    first_places,
    has_text,
    join_codes,
)
from schemas.classes import GENDERS, UNKNOWN


def _same_face(rows: Rows, places: Integers) -> Integers:
    """One number for each face: its content where a picture was read, its key elsewhere.

    Rows with the same key name the same file, so they have the same content.
    """
    contents, faces = rows.contents.codes[places], rows.faces.codes[places]
    return np.where(contents >= 0, contents, len(rows.contents.texts) + faces)


def repeated_rows(rows: Rows) -> Integers:
    """For each row, the first row of the same face with the same labels (often itself)."""
    first = np.arange(rows.table.num_rows)
    places = np.flatnonzero(rows.well_formed)
    pairs = join_codes(_same_face(rows, places), rows.labels[places])
    first[places] = places[first_places(pairs)]
    return first


def conflicting_rows(rows: Rows) -> Integers:
    """For each row, the first row of the same face with other labels, -1 where there is none."""
    other = np.full(rows.table.num_rows, -1)
    places = np.flatnonzero(rows.well_formed)
    faces, labels = _same_face(rows, places), rows.labels[places]
    first = first_places(faces)
    differs = np.flatnonzero(labels != labels[first])  # From the first row of their face.
    other[places[differs]] = places[first[differs]]
    second_faces, second = np.unique(faces[differs], return_index=True)
    alike = np.flatnonzero((labels == labels[first]) & np.isin(faces, second_faces))
    found = differs[second[np.searchsorted(second_faces, faces[alike])]]
    other[places[alike]] = places[found]
    return other


# A face is a part of a photo: its file is named after the face's number and the photo.
_FACE_IN_PHOTO = r"(?s)(landmark|coarse_tilt)_aligned_face\.[^./]*\.([^/]*)$"


def mixed_photos(rows: Rows) -> Mask:
    """Which rows are of a photo whose faces are labelled with more than one gender."""
    photos = encode(
        pc.replace_substring_regex(rows.table["key"], _FACE_IN_PHOTO, r"\1_aligned_face.\2")
    ).codes
    mixed = np.zeros(len(photos), np.bool_)
    seen = [np.unique(photos[rows.well_formed & has_text(rows.genders, (g,))]) for g in GENDERS]
    both = np.intersect1d(seen[0], seen[1], assume_unique=True)
    mixed[rows.well_formed] = np.isin(photos[rows.well_formed], both)
    return mixed


class FoldConflicts(NamedTuple):
    """People with rows in two folds of one source."""

    of_row: Integers  # Place in `people`, -1 where the row's person is in one fold.
    people: list[tuple[int, list[int]]]  # (code of the person's text, codes of the folds).


def people_in_two_folds(rows: Rows, people: Codes) -> FoldConflicts:
    """Compare the folds of each person within one source; unknown folds do not count."""
    known = rows.well_formed & (people.codes >= 0)
    person = join_codes(rows.sources.codes, people.codes)
    counted = np.flatnonzero(known & ~has_text(rows.folds, (UNKNOWN,)))
    width = len(rows.folds.texts) + 1
    pairs = np.unique(person[counted] * width + rows.folds.codes[counted])
    persons, folds_each = np.unique(pairs // width, return_counts=True)
    torn = persons[folds_each > 1]
    place = np.minimum(np.searchsorted(torn, person), max(len(torn) - 1, 0))
    of_row = np.where(np.isin(person, torn), place, -1)
    first_rows = {int(torn_place): int(row) for torn_place, row in _first_rows(of_row)}
    named = [
        (int(people.codes[first_rows[at]]), _folds_of(pairs, int(one), width))
        for at, one in enumerate(torn)
    ]
    return FoldConflicts(of_row, named)


def _first_rows(of_row: Integers) -> list[tuple[int, int]]:
    values, first = np.unique(of_row, return_index=True)
    return [(int(value), int(row)) for value, row in zip(values, first, strict=True) if value >= 0]


def _folds_of(pairs: Integers, person: int, width: int) -> list[int]:
    start, end = np.searchsorted(pairs, [person * width, (person + 1) * width])
    return [int(fold) for fold in pairs[start:end] % width]
