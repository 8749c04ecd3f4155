"""Groups and heads in plain words: `Women, 48-53` in place of `gender=f x age=48-53`."""

import re
from collections.abc import Mapping, Sequence

from schemas.labels.classes import UNKNOWN

ADULT = 15  # Younger classes are of girls and boys.
_ADULTS = {"m": "Men", "f": "Women"}
_CHILDREN = {"m": "Boys", "f": "Girls"}
_COLUMNS = {
    "age": "Age",
    "gender": "Gender",
    "race": "Race",
    "fold": "Fold",
    "height": "Height in pixels",
    "width": "Width in pixels",
    "blur": "Sharpness",
    "brightness": "Brightness",
    "face_found": "Face",
    "face_score": "Certainty of the face",
    "yaw": "Turned, in degrees",
    "roll": "Leaning, in degrees",
}


def column_title(columns: Sequence[str]) -> str:
    """The columns of a slice: `Gender and age`."""
    first, *others = (_COLUMNS[column] for column in columns)
    return " and ".join([first, *(title[0].lower() + title[1:] for title in others)])


def class_title(head: str, name: str) -> str:
    """A class of a head as a prediction: `men`, `48-53`, `east asian`."""
    return _ADULTS[name].lower() if head == "gender" else name.replace("_", " ")


def people_title(gender: str) -> str:
    """All people, or those of one gender: `Women`."""
    return _ADULTS[gender] if gender else "All"


def group_title(columns: Sequence[str], values: Sequence[str]) -> str:
    """A group: `Women, 48-53`; without columns `All faces`."""
    if not columns:
        return "All faces"
    known = dict(zip(columns, values, strict=True))
    parts = []
    if (gender := known.get("gender")) in _ADULTS:
        parts.append((_CHILDREN if _is_child(known) else _ADULTS)[gender])
        del known["gender"]
        if known.get("age", UNKNOWN) != UNKNOWN:
            parts.append(known.pop("age"))
    parts += [_part(column, value) for column, value in known.items()]
    return ", ".join([parts[0], *(part[0].lower() + part[1:] for part in parts[1:])])


def _is_child(known: Mapping[str, str]) -> bool:
    years = re.fullmatch(r"[0-9]+-([0-9]+)", known.get("age", ""))
    return years is not None and int(years[1]) < ADULT


def _part(column: str, value: str) -> str:
    title = _COLUMNS[column]
    if value == UNKNOWN:
        return f"{title} unknown"
    text = value.replace("_", " ")
    if column == "fold" and text.startswith("fold"):
        return text.capitalize()
    return f"Age {text}" if column == "age" else f"{title}: {text}"
