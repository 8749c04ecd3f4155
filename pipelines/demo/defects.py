"""The defects of the demo's labels and images, with the frequencies of the real files.

Counts: Adience's five fold_*_data.txt files, 19,487 rows.
"""

from typing import NamedTuple

from schemas.labels.classes import ADIENCE8

REAL_ROWS = 19_487
REAL_REPEATS = 117
AGE_TEXTS = tuple(age.text for age in ADIENCE8)


class LabelDefect(NamedTuple):
    """A defective pair of label texts, its frequency in the real files, and the drawn classes."""

    kind: str  # Group in the summary.
    age_text: str
    gender_text: str
    real_rows: int
    age: int  # Drawn class, 0 to 7.
    gender: str  # Drawn gender, m or f.


LABEL_DEFECTS = (
    LabelDefect("age None", "None", "", 713, 4, "m"),
    LabelDefect("age None", "None", "f", 40, 4, "f"),
    LabelDefect("gender empty", "(25, 32)", "", 51, 4, "f"),
    LabelDefect("gender empty", "(60, 100)", "", 5, 7, "m"),
    LabelDefect("gender u", "(0, 2)", "u", 1092, 0, "m"),
    LabelDefect("gender u", "(8, 12)", "u", 8, 2, "f"),
    LabelDefect("age (25, 23)", "(25, 23)", "f", 72, 4, "f"),
    LabelDefect("age (27, 32)", "(27, 32)", "f", 77, 4, "f"),
    LabelDefect("age (38, 42)", "(38, 42)", "m", 50, 5, "m"),
    LabelDefect("age (38, 48)", "(38, 48)", "m", 6, 5, "m"),
    LabelDefect("age (8, 23)", "(8, 23)", "m", 1, 3, "m"),
    LabelDefect("exact age", "35", "f", 189, 4, "f"),
    LabelDefect("exact age", "35", "m", 105, 4, "m"),
    LabelDefect("exact age", "13", "f", 169, 2, "f"),
    LabelDefect("exact age", "22", "f", 149, 3, "f"),
    LabelDefect("exact age", "34", "f", 105, 4, "f"),
    LabelDefect("exact age", "23", "f", 96, 4, "f"),
    LabelDefect("exact age", "45", "m", 88, 5, "m"),
    LabelDefect("exact age", "55", "m", 77, 6, "m"),
    LabelDefect("exact age", "36", "m", 57, 5, "m"),
    LabelDefect("exact age", "57", "m", 24, 7, "m"),
    LabelDefect("exact age", "3", "m", 18, 0, "m"),
    LabelDefect("exact age", "29", "f", 12, 4, "f"),
    LabelDefect("exact age", "58", "m", 5, 7, "m"),
    LabelDefect("exact age", "32", "m", 3, 4, "m"),
    LabelDefect("exact age", "2", "f", 3, 0, "f"),
    LabelDefect("exact age", "56", "m", 2, 6, "m"),
    LabelDefect("exact age", "42", "m", 1, 5, "m"),
    LabelDefect("exact age", "46", "f", 1, 5, "f"),
)


class ImageFault(NamedTuple):
    """One unreadable image of a row with valid labels."""

    kind: str
    age: int
    gender: str
    fold: int


MISSING, TRUNCATED, EMPTY = "image missing", "image truncated", "image empty"
IMAGE_FAULTS = (
    ImageFault(MISSING, 4, "m", 0),
    ImageFault(TRUNCATED, 4, "f", 1),
    ImageFault(EMPTY, 5, "m", 2),
)
REPEATED = "row repeated"


def share(real_rows: int, faces: int) -> int:
    """The number of `faces` for a defect of `real_rows` of the real rows; at least one."""
    return max(1, round(faces * real_rows / REAL_ROWS))


def defective_faces(faces: int) -> int:
    """The number of `faces` with a defective label or image."""
    return sum(share(defect.real_rows, faces) for defect in LABEL_DEFECTS) + len(IMAGE_FAULTS)


def apply_fault(kind: str, data: bytes) -> bytes | None:
    """The content of a file with an image fault; `None` for no file."""
    return {MISSING: None, TRUNCATED: data[: len(data) // 2], EMPTY: b""}.get(kind, data)
