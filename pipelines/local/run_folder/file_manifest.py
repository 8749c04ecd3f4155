"""What a finished step wrote, file by file: the cache is trusted only while it is still there.

TFX looks whether an artifact's folder exists, and would reuse one whose files were deleted.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from pipelines.local.run_folder.layout import write_text

_FOLDER = ".inventory"  # Below the artifacts' root; one file an artifact folder.


def take(root: Path, uri: str) -> None:
    """Note the files (name, size) of one artifact folder.

    Args:
      root: the artifacts' root.
      uri: the folder, below root.
    """
    write_text(_note(root, uri), json.dumps(_files(Path(uri)), sort_keys=True))


def intact(root: Path, uris: Iterable[str]) -> bool:
    """Whether every folder still holds what was noted."""
    for uri in uris:
        try:
            noted = json.loads(_note(root, uri).read_text(encoding="utf-8"))
        except (OSError, ValueError):  # No note, or a damaged one: nothing to trust.
            return False
        if noted != _files(Path(uri)):
            return False
    return True


def forget(root: Path, folder: Path) -> None:
    """Drop the note of one artifact folder."""
    _note(root, str(folder)).unlink(missing_ok=True)


def _note(root: Path, uri: str) -> Path:
    below = Path(uri).absolute().relative_to(root.absolute())
    return root / _FOLDER / ("-".join(below.parts) + ".json")


def _files(folder: Path) -> dict[str, int]:
    return {
        path.relative_to(folder).as_posix(): path.stat().st_size
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
