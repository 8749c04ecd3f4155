"""File manifest of an artifact: the names and sizes of its files when its step finished.

TFX checks only that an artifact's folder exists, and would reuse one whose files were deleted.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from schemas.files import atomic_write

FOLDER = ".inventory"  # Below the root of the artifacts; one file per artifact.


def record(root: Path, uri: str) -> None:
    """Record the files of one artifact folder below the artifacts' root."""
    atomic_write(_manifest(root, uri), json.dumps(_files(Path(uri)), sort_keys=True))


def matches(root: Path, uris: Iterable[str]) -> bool:
    """Whether every folder matches its manifest."""
    return all(_read(root, uri) == _files(Path(uri)) for uri in uris)


def added_files(root: Path, folder: Path) -> list[str]:
    """Names of files in an artifact folder that its step did not write; none if unrecorded."""
    recorded = _read(root, str(folder))
    return [] if recorded is None else [name for name in _files(folder) if name not in recorded]


def remove(root: Path, folder: Path) -> None:
    """Remove the manifest of one artifact folder."""
    _manifest(root, str(folder)).unlink(missing_ok=True)


def _read(root: Path, uri: str) -> dict[str, int] | None:
    """The manifest of an artifact folder; None if it is missing or damaged."""
    try:
        recorded = json.loads(_manifest(root, uri).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return recorded if isinstance(recorded, dict) else None


def _manifest(root: Path, uri: str) -> Path:
    below = Path(uri).absolute().relative_to(root.absolute())
    return root / FOLDER / ("-".join(below.parts) + ".json")


def _files(folder: Path) -> dict[str, int]:
    return {
        path.relative_to(folder).as_posix(): path.stat().st_size
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
