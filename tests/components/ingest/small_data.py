"""Small label files and pictures for the tests of ingest and of the labels command."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from PIL import Image

from components.ingest.manifest import IngestOptions, manifest_tables
from components.ingest.table import manifest_table
from schemas.config.blocks import DataConfig
from schemas.tables import MANIFEST

HEADER = (
    b"user_id\toriginal_image\tface_id\tage\tgender\tx\ty\tdx\tdy"
    b"\ttilt_ang\tfiducial_yaw_angle\tfiducial_score"
)


def face_line(
    user: str = "u1",
    image: str = "a.jpg",
    face: str = "1",
    age: str = "(25, 32)",
    gender: str = "m",
) -> bytes:
    """A well-formed label line."""
    numbers = ["1", "2", "3", "4", "-5", "15", "90"]
    return "\t".join([user, image, face, age, gender, *numbers]).encode()


def face_path(user: str = "u1", image: str = "a.jpg", face: str = "1") -> str:
    """Path of a face's picture, as the data set's authors describe it."""
    return f"{user}/landmark_aligned_face.{face}.{image}"


def write_labels(folder: Path, *lines: bytes, name: str = "fold_0_data.txt") -> Path:
    """A label file in `folder`: the header, then the lines."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(line + b"\n" for line in (HEADER, *lines)))
    return path


def jpeg(seed: int) -> bytes:
    """A noisy picture of 24 x 24; equal seeds give equal bytes."""
    pixels = np.random.default_rng(seed).integers(0, 256, (24, 24, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG")
    return buffer.getvalue()


def write_image(root: Path, name: str, encoded: bytes) -> Path:
    """An image file below `root`."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encoded)
    return path


def source(folder: Path) -> DataConfig:
    (folder / "faces").mkdir(exist_ok=True)
    return DataConfig("adience", str(folder / "folds"), str(folder / "faces"))


def build_manifest(
    data: Sequence[DataConfig], source_names: Sequence[str], **options: Any
) -> pa.Table:
    """The whole manifest; options as in IngestOptions."""
    tables = manifest_tables(data, source_names, IngestOptions(**options))
    return pa.concat_tables([manifest_table(0, {}), *tables])


def rows_of(*data: DataConfig, **options: Any) -> list[dict[str, Any]]:
    names = [f"source{number}" for number in range(len(data))]
    table = build_manifest(data, names, **options)
    assert table.schema.equals(MANIFEST)
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows
