"""An index of an image folder: names, sizes and times; links are followed only as configured."""

import os
from collections import Counter
from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from components.faces.safe_open import Links, folder_around
from components.ingest.system_files import is_system_file
from schemas.errors import ConfigError

_MOST_LINKS = 100  # To one folder.


class Kind(IntEnum):
    """The kind of a directory entry."""

    FILE = 0
    DIRECTORY = 1
    LINK = 2
    SPECIAL = 3  # FIFO, socket or device.
    CLOSED = 4  # A folder that cannot be listed.
    OUTSIDE = 5  # A link that may not be followed, where links are.


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


def index_images(root: str, links: Links = None) -> ImageIndex:
    """Walk a folder once, and the folders that its links lead to.

    Args:
      root: the folder.
      links: folders beside it where a followed link may end; None: no link is followed.

    Raises:
      ConfigError: the root or one of `links` cannot be listed.
    """
    _check_listing("data.images", root)
    for folder in links or ():
        _check_listing("images.link_roots", folder)
    found = list(_Walk(root, links).entries())
    entries = sorted(entry for entry in found if not is_system_file(entry.name))
    return ImageIndex(
        names=pa.array([entry.name for entry in entries], pa.string()),
        kinds=np.array([entry.kind for entry in entries], np.int8),
        sizes=np.array([entry.size for entry in entries], np.int64),
        mtimes=np.array([entry.mtime_ns for entry in entries], np.int64),
        utf8=np.array([entry.utf8 for entry in entries], np.bool_),
        ignored=sum(is_system_file(entry.name) for entry in found if entry.kind is Kind.FILE),
    )


def _check_listing(key: str, folder: str) -> None:
    try:
        with os.scandir(folder):
            pass
    except OSError as error:
        raise ConfigError(
            f"{key}: {folder!r} cannot be listed ({error.strerror}), expected a folder of "
            "images; correct the path or its permissions."
        ) from error


class _Folder(NamedTuple):
    """A folder to be listed."""

    name: str  # Relative to the root.
    within: tuple[str, ...]  # Paths without links: the root and the links' ends above, and its own.


class _Walk:
    """One walk below a root."""

    def __init__(self, root: str, links: Links) -> None:
        self._root, self._links = root, links
        self._folders = [_Folder("", (os.path.realpath(root),))]
        self._entered: Counter[str] = Counter()  # Times that links led to a folder.

    def entries(self) -> Iterator[Entry]:
        """Every name below the root."""
        while self._folders:
            folder = self._folders.pop()
            try:
                with os.scandir(os.path.join(self._root, folder.name)) as listing:
                    items = sorted(listing, key=lambda item: os.fsencode(item.name))
            except OSError:
                yield _entry(folder.name, Kind.CLOSED)
                continue
            yield from filter(None, (self._read(folder, item) for item in items))

    def _read(self, folder: _Folder, item: os.DirEntry[str]) -> Entry | None:
        """The entry of a name; None if the file has been deleted meanwhile."""
        name = f"{folder.name}/{item.name}" if folder.name else item.name
        within = (*folder.within[:-1], f"{folder.within[-1]}/{item.name}")
        follow = False
        if item.is_symlink():
            if self._links is None:
                return _entry(name, Kind.LINK)
            target = os.path.realpath(os.path.join(self._root, name))
            if not self._may_follow(target, folder):
                return _entry(name, Kind.OUTSIDE)
            within, follow = (*folder.within, target), True
        try:
            if item.is_dir(follow_symlinks=follow):
                self._folders.append(_Folder(name, within))
                return _entry(name, Kind.DIRECTORY)
            stat = item.stat(follow_symlinks=follow)
        except FileNotFoundError:
            return None
        if not item.is_file(follow_symlinks=follow):
            return _entry(name, Kind.SPECIAL)
        return _entry(name, Kind.FILE)._replace(size=stat.st_size, mtime_ns=stat.st_mtime_ns)

    def _may_follow(self, target: str, folder: _Folder) -> bool:
        """Whether a link's end exists in an allowed folder and holds none of the folders above.

        Links lead to a folder a limited number of times: nested ones would never come to an end.
        """
        if not os.path.exists(target) or folder_around(target, self._root, self._links) is None:
            return False
        if not os.path.isdir(target):
            return True
        self._entered[target] += 1
        holds = any(f"{above}/".startswith(f"{target}/") for above in folder.within)
        return not holds and self._entered[target] <= _MOST_LINKS


def _entry(name: str, kind: Kind) -> Entry:
    raw = os.fsencode(name)
    text = raw.decode("utf-8", errors="backslashreplace")
    return Entry(text, kind, 0, 0, utf8=text.encode() == raw)
