"""Manifest rows of UTKFace: labels in the file names, `age_gender_race_date.jpg.chip.jpg`."""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from components.ingest.images.image_index import Kind
from components.ingest.label_files import UNKNOWN_FOLD
from components.ingest.line_faults import shorten
from components.ingest.sources.source_input import SourceInput
from components.ingest.table import table_of_rows
from schemas.labels.classes import GENDERS, RACES

_IMAGE = r"\.(jpg|jpeg|png)"
_IMAGE_NAME = re.compile(rf".*{_IMAGE}", re.IGNORECASE | re.DOTALL)
_LABELLED_NAME = re.compile(
    rf"(?P<age>[0-9]{{1,3}})_(?P<gender>[01])_(?P<race>[0-4])_[0-9]+{_IMAGE}(\.chip{_IMAGE})?",
    re.IGNORECASE,
)
_PATTERN = "age_gender_race_date.jpg (gender 0 or 1, race 0 to 4)"


def read_rows(source: SourceInput) -> Iterator[pa.Table]:
    """A row for every image name below the root, in the order of names."""
    images = source.images
    if images is None:
        raise ValueError("utkface rows come from an index of the image root, got None")
    folders = (Kind.DIRECTORY, Kind.CLOSED)
    files = np.flatnonzero(~np.isin(images.kinds, folders))
    names = zip(images.names.take(pa.array(files)).to_pylist(), images.utf8[files], strict=True)
    rows = [
        _row(source.name, name, is_utf8=bool(utf8))
        for name, utf8 in names
        if _IMAGE_NAME.fullmatch(name)
    ]
    yield table_of_rows(rows)


def _row(source_name: str, path: str, *, is_utf8: bool) -> dict[str, Any]:
    row = {"path": path, "source": path, "line": 1, "fold": UNKNOWN_FOLD}
    match = _LABELLED_NAME.fullmatch(path.rpartition("/")[2])
    if match is None or not is_utf8:
        return row | {
            "key": f"{source_name}/{path}:1",
            "fault": "malformed_name",
            "detail": f"the name {shorten(path)} is not {_PATTERN}; rename or remove the file",
        }
    return row | {
        "key": f"{source_name}/{path}",
        "subject": path,
        "photographer": path,
        "age_text": match["age"],
        "gender_text": GENDERS[int(match["gender"])],
        "race_text": RACES[int(match["race"])],
    }
