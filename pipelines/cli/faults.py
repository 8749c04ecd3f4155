"""Errors that end a command, each as one line; the traceback of an unexpected one is in a log."""

import errno
import os
import sys
import tempfile
import traceback
from contextlib import suppress
from typing import TextIO

from pipelines.terminal import LOG_NOTE
from schemas.errors import DataError
from schemas.files import is_disk_full


def describe(error: Exception) -> str:
    """The error in one line, and the log with its traceback where the message does not say all."""
    if isinstance(error, DataError):
        return str(error)
    if isinstance(error, UnicodeEncodeError):
        return f"the output cannot be written as {error.encoding}"
    if isinstance(error, OSError) and error.filename is None and _is_full(sys.stdout):
        return f"standard output cannot be written: {error.strerror}"
    notes = [note for note in getattr(error, "__notes__", ()) if note.startswith(LOG_NOTE)]
    return " ".join([_message(error), *(notes or _write_log(error))])


def is_usage(error: Exception) -> bool:
    """Whether an argument is to blame: a path that no file system takes."""
    return isinstance(error, OSError) and error.errno in (errno.ENAMETOOLONG, errno.ELOOP)


def _message(error: Exception) -> str:
    hint = " Make room, then run the same command again." if is_disk_full(error) else ""
    if isinstance(error, OSError) and error.errno is not None:
        file = f": {error.filename}" if error.filename is not None else ""
        return f"{error.strerror}{file}.{hint}"
    if isinstance(error, MemoryError):
        return "out of memory."
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}{hint}" if text else type(error).__name__


def _write_log(error: Exception) -> list[str]:
    """Write the traceback to a temporary file; its name as a note, if it could be written."""
    with (
        suppress(OSError),
        tempfile.NamedTemporaryFile("w", prefix="facefold-", suffix=".log", delete=False) as file,
    ):
        traceback.print_exception(error, file=file)
        return [f"{LOG_NOTE}{file.name}"]
    return []


def _is_full(stream: TextIO) -> bool:
    """Whether not even a line end can be written, after an error that names no file."""
    try:
        os.write(stream.fileno(), b"\n")
    except OSError:
        return True
    return False


def flush(stream: TextIO) -> OSError | None:
    """Flush a standard stream; the error of one that is closed or full, which then is silenced.

    Otherwise the interpreter would try again at its end, and print a traceback.
    """
    try:
        stream.flush()
    except OSError as error:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)
        return error
    return None


def print_error(message: str) -> None:
    """Print one line on standard error, if it can be written."""
    with suppress(OSError):
        print(f"facefold: {message}", file=sys.stderr)
    flush(sys.stderr)
