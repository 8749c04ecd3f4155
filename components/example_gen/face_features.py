"""Reads one face from disk, checks it and brings it to its stored form."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import xxhash

from components.faces import prepare as images
from components.faces import safe_open
from schemas.config.blocks import ImagesConfig
from schemas.errors import ImageError
from schemas.features import Value, label_class
from schemas.labels.classes import MISSING_CLASS, UNKNOWN, class_names

Row = Mapping[str, Any]  # One row of schemas.tables.MANIFEST.


class Reading(NamedTuple):
    """How faces are read: everything but the row."""

    images: ImagesConfig
    roots: dict[str, str]  # Image root of each source name.
    classes: str  # A key of AGE_TABLES.


def read_face(row: Row, reading: Reading) -> dict[str, Value]:
    """The stored features of one face, by the names of schemas.features.FEATURES.

    Raises:
      ImageError: the image cannot be used.
    """
    limits = reading.images
    source = row["key"].partition("/")[0]
    encoded = safe_open.read_regular(reading.roots[source], row["path"], max_bytes=limits.max_bytes)
    _check_content(row, encoded)
    face = images.prepare(encoded, limits)
    quality = images.measure(face.pixels)
    return {
        "image": images.encode(face.pixels, limits),
        "height": face.height,
        "width": face.width,
        "blur": quality.blur,
        "brightness": quality.brightness,
        "face_found": None if face.face_found is None else int(face.face_found),
        **_labels(row, reading.classes),
        **{name: row[name] or UNKNOWN for name in ("fold", "key")},
        **_people(row, source, reading),
        **{name: row[name] for name in ("yaw", "tilt", "landmark_score")},
    }


def _check_content(row: Row, encoded: bytes) -> None:
    expected = row["content_hash"]
    if expected is not None and xxhash.xxh3_128_hexdigest(encoded) != expected:
        raise ImageError(
            "image_unreadable",
            f"the content of {row['path']!r} changed after its labels were read; run again",
        )


def _people(row: Row, source: str, reading: Reading) -> dict[str, Value]:
    """Who is shown and by whom; where sources are mixed, the same name in two is two people."""
    space = f"{source}/" if len(reading.roots) > 1 else ""
    return {name: space + (row[name] or UNKNOWN) for name in ("subject", "photographer")}


def _labels(row: Row, classes: str) -> dict[str, Value]:
    features: dict[str, Value] = {}
    for label in ("age", "gender", "race"):
        text = row[label]
        names = class_names(label, classes)
        features[label] = text or UNKNOWN
        features[label_class(label)] = MISSING_CLASS if text is None else names.index(text)
    return features
