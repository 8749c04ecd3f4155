"""An index of an image folder: names, sizes and times; links are recorded and never followed."""

import os
from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from components.ingest.system_files import is_system_file
from schemas.errors import ConfigError


class Kind(IntEnum):
    """The kind of a directory entry."""

    FILE = 0
    DIRECTORY = 1
    LINK = 2
    SPECIAL = 3  # FIFO, socket or device.
    CLOSED = 4  # A folder that cannot be listed.


class Entry(NamedTuple):
    """One name below the root."""

    name: str  # Relative to the root, with `/`; invalid UTF-8 as `\\xff`.
    kind: Kind
    size: int  # Bytes; 0 unless a file.
    mtime_ns: int  # 0 unless a file.
    utf8: bool  # Whether the name is valid UTF-8; others cannot be paths of the manifest.


class ImageIndex(NamedTuple):
    """All entries below one root, sorted by name, as columns."""

    names: pa.Array
    kinds: npt.NDArray[np.int8]
    sizes: npt.NDArray[np.int64]
    mtimes: npt.NDArray[np.int64]
    utf8: npt.NDArray[np.bool_]
    ignored: int  # Files that systems add; they are no entries.


def index_images(root: str) -> ImageIndex:
    """Walk a folder once. Raises ConfigError if the root itself cannot be listed."""
    try:
        with os.scandir(root):
            pass
    except OSError as error:
        raise ConfigError(
            f"data.images: {root!r} cannot be listed ({error.strerror}), expected a folder of "
            "images; correct the path or its permissions."
        ) from error
    found = list(_walk(root))
    entries = sorted(entry for entry in found if not is_system_file(entry.name))
    return ImageIndex(
        names=pa.array([entry.name for entry in entries], pa.string()),
        kinds=np.array([entry.kind for entry in entries], np.int8),
        sizes=np.array([entry.size for entry in entries], np.int64),
        mtimes=np.array([entry.mtime_ns for entry in entries], np.int64),
        utf8=np.array([entry.utf8 for entry in entries], np.bool_),
        ignored=sum(is_system_file(entry.name) for entry in found if entry.kind is Kind.FILE),
    )


def _walk(root: str) -> Iterator[Entry]:
    folders = [""]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(os.path.join(root, folder)) as listing:
                entries = [_read_entry(folder, item) for item in listing]
        except OSError:
            yield _entry(folder, Kind.CLOSED)
            continue
        for name, entry in filter(None, entries):
            yield entry
            if entry.kind is Kind.DIRECTORY:
                folders.append(name)


def _read_entry(folder: str, item: os.DirEntry[str]) -> tuple[str, Entry] | None:
    """(the system's name, entry); None if the file has been deleted meanwhile."""
    name = f"{folder}/{item.name}" if folder else item.name
    if item.is_symlink():
        return name, _entry(name, Kind.LINK)
    if item.is_dir(follow_symlinks=False):
        return name, _entry(name, Kind.DIRECTORY)
    try:
        stat = item.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
    if not item.is_file(follow_symlinks=False):
        return name, _entry(name, Kind.SPECIAL)
    return name, _entry(name, Kind.FILE)._replace(size=stat.st_size, mtime_ns=stat.st_mtime_ns)


def _entry(name: str, kind: Kind) -> Entry:
    raw = os.fsencode(name)
    text = raw.decode("utf-8", errors="backslashreplace")
    return Entry(text, kind, 0, 0, utf8=text.encode() == raw)
