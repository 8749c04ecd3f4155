"""Files that a command may replace: its own of an earlier time, known by their columns or keys."""

import csv
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq

from schemas.csv_cells import EXPORT_COLUMNS
from schemas.errors import ConfigError

_ERRORS = (OSError, ValueError, csv.Error, zipfile.BadZipFile)  # Of a file in another format.


def check_replaceable(path: str, key: str) -> None:
    """Check that no file of others is at a path.

    Args:
      path: ends in `.csv`, `.parquet`, `.npz` or `.json`.
      key: of the config, or the option; the message begins with it.

    Raises:
      ConfigError: there is one.
    """
    if os.path.lexists(path) and not _is_own(Path(path)):
        raise ConfigError(
            f"{key}: {path!r} exists and Facefold did not write it, expected no file or one of an "
            f"earlier command. Move it away, or set another {key}."
        )


def _is_own(path: Path) -> bool:
    """Whether the file has the form of our own; an empty one is nobody's loss."""
    if not path.is_file():
        return False
    try:
        return path.stat().st_size == 0 or _FORMS[path.suffix](path)
    except _ERRORS:
        return False


def _is_csv(path: Path) -> bool:
    with path.open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file), []) == list(EXPORT_COLUMNS)


def _is_parquet(path: Path) -> bool:
    return {"key", "subject", "photographer", "fold"} <= set(pq.read_schema(path).names)


def _is_npz(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        return "image.npy" in archive.namelist()


def _is_report(path: Path) -> bool:
    report = json.loads(path.read_bytes())
    return isinstance(report, dict) and {"policy", "target", "rows"} <= report.keys()


_FORMS: dict[str, Callable[[Path], bool]] = {
    ".csv": _is_csv,
    ".parquet": _is_parquet,
    ".npz": _is_npz,
    ".json": _is_report,
}
