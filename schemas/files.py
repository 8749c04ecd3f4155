"""Files that are either whole or absent, and JSON files that are checked when read."""

import errno
import json
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from schemas.errors import ConfigError

MAX_JSON_BYTES = 100_000_000  # The largest of our files, the review of many groups, has a few MB.
ROOM = 1 << 20  # Bytes; more than a step's record in the metadata store takes.


def is_disk_full(error: BaseException) -> bool:
    """Whether a write failed for want of room: the disk is full, or a quota or limit is reached.

    SQLite says so in words.
    """
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return "database or disk is full" in str(error)


def has_room(folder: Path) -> bool:
    """Whether `ROOM` bytes can be written in a folder, by trying."""
    try:
        with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
            left = ROOM
            while left:
                left -= file.write(bytes(left))
    except OSError as error:
        return not is_disk_full(error)
    return True


@contextmanager
def name_in_errors(path: str | Path) -> Iterator[None]:
    """Name `path` in an OSError that names no file, such as that of a write to a full disk."""
    try:
        yield
    except OSError as error:
        if error.filename is None and error.errno is not None:
            error.filename = str(path)
        raise


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """A temporary path beside `path`: renamed to it at the end, removed after an error.

    The name holds the process number: processes without a common lock may write the same file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        with name_in_errors(path):
            yield unfinished
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


@contextmanager
def removed_on_error(path: str, files: Any) -> Iterator[None]:
    """Remove what an error, such as a full disk, leaves half written.

    Args:
      path: a file or a folder, local or a URI.
      files: tfx.dsl.io.fileio or tf.io.gfile.
    """
    try:
        yield
    except BaseException:
        with suppress(Exception):  # The first error says more.
            if files.exists(path):
                (files.rmtree if files.isdir(path) else files.remove)(path)
        raise


def write_whole(path: str, text: str, files: Any) -> None:
    """Write a UTF-8 file of a local folder or a bucket, whole or not at all.

    Args:
      path: local path or URI, in an existing folder.
      text: the content.
      files: tfx.dsl.io.fileio.
    """
    unfinished = f"{path}.unfinished"
    with removed_on_error(unfinished, files), files.open(unfinished, "wb") as file:
        file.write(text.encode())
    files.rename(unfinished, path, overwrite=True)


def atomic_write(path: Path, text: str) -> None:
    """Write a UTF-8 file, whole or not at all."""
    with atomic_path(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8")


def is_plain_text(text: str) -> bool:
    """Whether a text can be a path and be printed: UTF-8, without NUL."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def read_regular_text(path: Path, max_bytes: int) -> str:
    """The text of a small UTF-8 file. A FIFO or a device, which might never end, is not read.

    Raises:
      ConfigError: what it is instead of a regular file, or that it is too large.
      OSError: it cannot be opened.
      UnicodeDecodeError: it is not UTF-8.
    """
    with open(path, "rb", buffering=0, opener=_open_without_waiting) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise ConfigError(f"{path} is no regular file, expected a text file.")
        content = b""
        while len(content) <= max_bytes and (more := file.read(max_bytes + 1 - len(content))):
            content += more
    if len(content) > max_bytes:
        size = max(status.st_size, len(content))
        raise ConfigError(f"{path} has {size:,} bytes, expected at most {max_bytes:,}.")
    return content.decode("utf-8")


def _open_without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)  # A FIFO without a writer would wait for ever.


def read_json(path: Path, key: str) -> dict[str, Any]:
    """A JSON object that holds `key`. Raises ConfigError if the file is damaged."""
    try:
        content: dict[str, Any] = json.loads(read_regular_text(path, MAX_JSON_BYTES))
        content[key]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ConfigError(
            f"{path} is damaged, expected a JSON object with {key!r}. "
            "Remove it and run `facefold run` again; unchanged steps are reused."
        ) from error
    return content
