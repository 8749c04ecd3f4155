"""File manifest of an artifact: the names and sizes of its files when its step finished.

TFX checks only that an artifact's folder exists, and would reuse one whose files were deleted.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from schemas.files import atomic_write

_FOLDER = ".inventory"  # Below the root of the artifacts; one file per artifact.


def record(root: Path, uri: str) -> None:
    """Record the files of one artifact folder below the artifacts' root."""
    atomic_write(_manifest(root, uri), json.dumps(_files(Path(uri)), sort_keys=True))


def matches(root: Path, uris: Iterable[str]) -> bool:
    """Whether every folder matches its manifest."""
    for uri in uris:
        try:
            manifest = json.loads(_manifest(root, uri).read_text(encoding="utf-8"))
        except (OSError, ValueError):  # Missing or damaged.
            return False
        if manifest != _files(Path(uri)):
            return False
    return True


def remove(root: Path, folder: Path) -> None:
    """Remove the manifest of one artifact folder."""
    _manifest(root, str(folder)).unlink(missing_ok=True)


def _manifest(root: Path, uri: str) -> Path:
    below = Path(uri).absolute().relative_to(root.absolute())
    return root / _FOLDER / ("-".join(below.parts) + ".json")


def _files(folder: Path) -> dict[str, int]:
    return {
        path.relative_to(folder).as_posix(): path.stat().st_size
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
