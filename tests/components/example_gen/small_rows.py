"""Manifest rows over small pictures on disk."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import xxhash

from components.example_gen.face_features import ReadOptions
from schemas.config.blocks import ImagesConfig
from schemas.tables import MANIFEST
from tests.components.ingest.small_data import jpeg, write_image

SIDE = 16
PNG = ImagesConfig(side=SIDE, encoding="png")


def reading(root: Path, images: ImagesConfig = PNG) -> ReadOptions:
    """How faces of the one source are read."""
    return ReadOptions(images, {"adience": str(root)}, "adience8")


def row(root: Path, name: str, content: bytes | None, **given: Any) -> dict[str, Any]:
    """A manifest row; its picture is written to `root` unless `content` is None."""
    if content is not None:
        write_image(root, name, content)
    plain = {
        "key": f"adience/{name}",
        "path": name,
        "subject": "s1",
        "photographer": "p1",
        "fold": "fold_0",
        "age": "25-32",
        "gender": "f",
        "race": None,
        "age_text": "(25, 32)",
        "gender_text": "f",
        "detail": None,
        "fault": None,
        "yaw": -5.0,
        "tilt": None,
        "landmark_score": 90.0,
        "content_hash": None if content is None else xxhash.xxh3_128_hexdigest(content),
        "source": "fold_0_data.txt",
        "line": 2,
    }
    return plain | given


def as_table(rows: Sequence[dict[str, Any]]) -> pa.Table:
    """The rows as the step takes them."""
    return pa.Table.from_pylist(list(rows), schema=MANIFEST)


def good_rows(root: Path, count: int, **given: Any) -> list[dict[str, Any]]:
    """Rows of whole pictures, no two alike."""
    return [row(root, f"{number:03}.jpg", jpeg(number), **given) for number in range(count)]
