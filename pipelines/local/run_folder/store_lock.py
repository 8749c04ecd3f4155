"""An MLMD store that another process has locked: waited for, and named in errors."""

import os
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import psutil

from schemas.errors import DataError

WAIT = 60.0  # Seconds.
_PAUSE = 0.2  # Seconds between two attempts.
_LOCKS = Path("/proc/locks")  # See `man 5 proc_locks`.
# MLMD's words for a store that stays locked; it retries for 10 to 45 s.
_ABORTED = "Concurrent writes aborted"


class StoreLockedError(DataError):
    """Another process kept the store locked."""


def wait_for_store(
    path: Path,
    seconds: float = WAIT,
    report: Callable[[str], object] = lambda line: sys.stderr.write(f"{line}\n"),
) -> None:
    """Return as soon as no other process has locked a store; a missing one is free.

    Args:
      path: of the SQLite file.
      seconds: how long to wait.
      report: takes one line if there is something to wait for.

    Raises:
      StoreLockedError: it is locked after that time.
    """
    limit = time.monotonic() + seconds
    reported = False
    while _is_locked(path):
        if time.monotonic() >= limit:
            raise StoreLockedError(describe_lock(path))
        if not reported:
            report(f"{path} is locked by {_holders(path)}: waiting for {seconds:.0f} s at most")
            reported = True
        time.sleep(_PAUSE)


def describe_lock(path: Path) -> str:
    """The message on a store that is locked."""
    return (
        f"{path} is locked by {_holders(path)}, expected the run to have it for itself. End the "
        "other process or wait for its end, then run the same command again."
    )


def is_lock_error(error: BaseException) -> bool:
    """Whether MLMD failed because another process had locked the store."""
    return _ABORTED in str(error)


def _is_locked(path: Path) -> bool:
    """Whether a writer would have to wait. What else ails the file, MLMD reports."""
    if not path.is_file():
        return False
    store = sqlite3.connect(
        f"file:{quote(str(path))}?mode=rw", uri=True, timeout=0.0, isolation_level=None
    )
    try:
        store.execute("BEGIN EXCLUSIVE")
    except sqlite3.DatabaseError as error:
        return error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    finally:
        store.close()  # Rolls back.
    return False


def _holders(path: Path) -> str:
    """The processes with a lock on a file, as far as the system names them."""
    processes = [process for process in _lock_processes(path) if process != os.getpid()]
    return " and ".join(map(_describe, processes)) or "an unknown process"


def _lock_processes(path: Path) -> list[int]:
    """The process numbers in Linux' table of locks, such as `1: POSIX ADVISORY WRITE 71 fe:00:5`.

    A lock of another container, or of another machine, has no number here.
    """
    try:
        status, table = path.stat(), _LOCKS.read_text()
    except OSError:
        return []
    file = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
    lines = [line.split() for line in table.splitlines()]
    numbers = {words[4] for words in lines if len(words) > 5 and words[5] == file}
    return sorted(int(number) for number in numbers if number.isdecimal() and int(number))


def _describe(process: int) -> str:
    try:
        return f"process {process} ({psutil.Process(process).name()})"
    except psutil.Error:
        return f"process {process}"
