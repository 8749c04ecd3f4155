"""The stored features of one face, read from disk."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import xxhash

from components.faces import safe_open
from components.faces.pose import pose_of
from components.faces.prepare import Prepared, encode, measure, prepare
from schemas.config.blocks import ImagesConfig
from schemas.errors import ImageError
from schemas.features import Value, label_class
from schemas.labels.classes import MISSING_CLASS, UNKNOWN, class_names

Row = Mapping[str, Any]  # One row of schemas.tables.MANIFEST.


class ReadOptions(NamedTuple):
    """How faces are read."""

    images: ImagesConfig
    roots: dict[str, str]  # Image root of each source name.
    classes: str  # A key of AGE_TABLES.
    detect: bool = False  # Look for the face also where images.align is none.


def read_face(row: Row, options: ReadOptions) -> dict[str, Value]:
    """The stored features of one face, by the names of schemas.features.FEATURES.

    Raises:
      ImageError: the image cannot be used.
    """
    config = options.images
    source = row["key"].partition("/")[0]
    encoded = safe_open.read_regular(
        options.roots[source], row["path"], max_bytes=config.max_bytes, links=config.links
    )
    _check_content(row, encoded)
    face = prepare(encoded, config, detect=options.detect)
    quality = measure(face.pixels)
    return {
        "image": encode(face.pixels, config),
        "height": face.height,
        "width": face.width,
        "blur": quality.blur,
        "brightness": quality.brightness,
        "face_found": None if face.face_found is None else int(face.face_found),
        **_labels(row, options.classes),
        **{name: row[name] or UNKNOWN for name in ("fold", "key")},
        **_people(row, source, options),
        **{name: row[name] for name in ("tilt", "landmark_score")},
        **_detected(row, face),
    }


def _detected(row: Row, face: Prepared) -> dict[str, Value]:
    """Score and pose of the face; a yaw that the data set gives remains."""
    if face.face is None:
        return {"face_score": None, "yaw": row["yaw"], "roll": None}
    pose = pose_of(face.face)
    yaw = pose.yaw if row["yaw"] is None else row["yaw"]
    return {"face_score": face.face.score, "yaw": yaw, "roll": pose.roll}


def _check_content(row: Row, encoded: bytes) -> None:
    expected = row["content_hash"]
    if expected is not None and xxhash.xxh3_128_hexdigest(encoded) != expected:
        raise ImageError(
            "image_unreadable",
            f"the content of {row['path']!r} changed after its labels were read; run again",
        )


def _people(row: Row, source: str, options: ReadOptions) -> dict[str, Value]:
    """Subject and photographer; names are prefixed by their source if there are several."""
    prefix = f"{source}/" if len(options.roots) > 1 else ""
    return {name: prefix + (row[name] or UNKNOWN) for name in ("subject", "photographer")}


def _labels(row: Row, classes: str) -> dict[str, Value]:
    features: dict[str, Value] = {}
    for label in ("age", "gender", "race"):
        text = row[label]
        names = class_names(label, classes)
        features[label] = text or UNKNOWN
        features[label_class(label)] = MISSING_CLASS if text is None else names.index(text)
    return features
