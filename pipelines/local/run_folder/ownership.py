"""Whether a folder is a run folder: in no other is anything replaced or removed."""

import os
import re
import sqlite3
from pathlib import Path
from urllib.parse import quote

from pipelines.local.run_folder.layout import RunFolder
from pipelines.local.run_folder.lock import LOCK_FILE
from pipelines.local.run_folder.store_lock import wait_for_store
from schemas.errors import ConfigError
from schemas.files import atomic_write

_TEXT = "`facefold run` and `facefold prune` replace and remove files in this folder.\n"
# An artifact type of ours, in MLMD since the first step of a run.
_OUR_TYPE = "schemas.Manifest"
_PROCESS = re.compile(r"[0-9]{0,10}")  # The content of a lock.


def check_ours(folder: RunFolder) -> None:
    """Check that a run may replace and remove files in the folder.

    It may in a new folder, in one with the marker, and in one with the MLMD store of an earlier
    run. Files that no run would touch may be there.

    Raises:
      ConfigError: names what a run would replace or remove and did not write.
    """
    if is_ours(folder):
        return
    for path in _replaced(folder):
        if os.path.lexists(path):
            raise ConfigError(
                f"output: {path} exists, but no run wrote {folder.path} (it has no file "
                f"{folder.marker.name}), and a run would replace or remove it. Set another output "
                "or name, or move it away; nothing was changed."
            )


def is_ours(folder: RunFolder) -> bool:
    """Whether a run has written the folder."""
    return folder.marker.is_file() or _is_our_store(folder.metadata)


def claim(folder: RunFolder) -> None:
    """Mark the folder as a run's. Requires `check_ours` and the folder's lock."""
    if not folder.marker.is_file():
        atomic_write(folder.marker, _TEXT)


def _replaced(folder: RunFolder) -> list[Path]:
    """What a run replaces or removes, except folders that are empty and a lock of ours."""
    lock = folder.path / LOCK_FILE
    replaced = [
        path for path in folder.own_paths if not (path.is_dir() and not any(path.iterdir()))
    ]
    return replaced if _is_lock(lock) else [*replaced, lock]


def _is_lock(path: Path) -> bool:
    """Whether a file is a run's lock, which holds the number of a process or nothing."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        content = file.read(16)
    return _PROCESS.fullmatch(content.decode("latin-1")) is not None


def _is_our_store(path: Path) -> bool:
    """Whether a file is an MLMD store that knows the artifacts of our own steps."""
    if not path.is_file():
        return False
    wait_for_store(path)
    try:
        with sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True) as store:
            query = "SELECT 1 FROM Type WHERE name = ?"
            return store.execute(query, (_OUR_TYPE,)).fetchone() is not None
    except sqlite3.DatabaseError:
        return False
