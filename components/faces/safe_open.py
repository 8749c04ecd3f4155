"""Safe reading below a data root: no `..`, only regular files, and links only as configured."""

import errno
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import BinaryIO

from schemas.errors import DataError, ImageError

Links = tuple[str, ...] | None  # Of schemas.config.blocks.ImagesConfig.links.

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # A FIFO must not block.


def is_outside(path: str) -> bool:
    """Whether a path leaves its root as text: absolute, or with a `..` part."""
    return path.startswith("/") or ".." in PurePosixPath(path).parts


def folder_around(path: str, root: str, links: Links) -> str | None:
    """The one of `root` and `links` that is or holds a path without links; None if none does.

    The result has no links either.
    """
    folders = (os.path.realpath(folder) for folder in (root, *(links or ())))
    return next(
        (folder for folder in folders if f"{path}/".startswith(folder.rstrip("/") + "/")), None
    )


@contextmanager
def open_regular(root: str, path: str, links: Links = None) -> Iterator[BinaryIO]:
    """Open a regular file below `root` for reading.

    Args:
      root: the data root, which may itself be a link.
      path: relative to root, with `/`.
      links: folders beside the root where a link of the path may end; None: none is followed.

    Raises:
      ImageError: `path_outside_root`, `image_missing`, or `image_unreadable` (a link, a folder,
        a device, a FIFO, or a file without read permission).
    """
    if is_outside(path) or "\0" in path:
        raise ImageError(
            "path_outside_root", f"path {path!r} leaves the image root; expected a name below it"
        )
    try:
        descriptor = _open_below(root, path) if links is None else _follow(root, path, links)
    except OSError as error:
        raise _refusal(path, error) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ImageError("image_unreadable", f"{path!r} is no regular file")
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        yield file


def _follow(root: str, path: str, links: tuple[str, ...]) -> int:
    """Open the end of a path's links, without a link: one that changes meanwhile is refused."""
    target = os.path.realpath(os.path.join(root, path))
    folder = folder_around(target, root, links)
    if folder is None:
        raise ImageError(
            "image_unreadable",
            f"{path!r} is or passes a link that ends outside the image root and images.link_roots",
        )
    return _open_below(folder, os.path.relpath(target, folder))


def check_root(root: str) -> None:
    """Raise DataError unless an image root is a folder here, as it was for the run's checks.

    Without it every picture would be missing, and be rejected for it.
    """
    if not os.path.isdir(root):
        raise DataError(
            f"the image root {root!r} is no folder on {socket.gethostname()}, expected the same "
            "images under the same path on every machine that works for a run. Mount it there."
        )


def _open_below(root: str, path: str) -> int:
    """Open one folder at a time, so that no part of the path can be a link."""
    *folders, name = PurePosixPath(path).parts or (".",)  # An empty name is the root itself.
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in folders:
            below = os.open(part, _FLAGS | os.O_DIRECTORY, dir_fd=folder)
            os.close(folder)
            folder = below
        return os.open(name, _FLAGS, dir_fd=folder)
    finally:
        os.close(folder)


def _refusal(path: str, error: OSError) -> ImageError:
    if error.errno == errno.ENOENT:
        return ImageError("image_missing", f"no file {path!r} below the image root")
    if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.EMLINK):
        return ImageError(
            "image_unreadable", f"{path!r} is or passes a link; links are not followed"
        )
    return ImageError("image_unreadable", f"{path!r} cannot be opened: {error.strerror}")


def check_bytes(path: str, size: int, max_bytes: int) -> None:
    """Raise ImageError `image_too_large` for a file of more than `max_bytes`."""
    if size > max_bytes:
        raise ImageError(
            "image_too_large",
            f"{path!r} has more than {max_bytes} bytes; images.max_bytes sets the limit",
        )


def read_regular(root: str, path: str, *, max_bytes: int, links: Links = None) -> bytes:
    """Bytes of a regular file below `root`, opened as by `open_regular`.

    Raises:
      ImageError: as `open_regular`; `image_too_large` above max_bytes.
    """
    with open_regular(root, path, links) as file:
        try:
            size = os.fstat(file.fileno()).st_size
            check_bytes(path, size, max_bytes)
            encoded = b""
            # At most one byte more than the file's size: Python allocates all that is requested.
            while more := file.read(size + 1 - len(encoded)):
                encoded += more
        except OSError as error:
            raise _refusal(path, error) from error
    check_bytes(path, len(encoded), max_bytes)  # The file may have grown.
    return encoded
