"""One run at a time in a run folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from schemas.errors import ConfigError
from schemas.files import name_in_errors

LOCK_FILE = "lock"


@contextmanager
def run_lock(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; the operating system releases it when the process ends.

    Raises:
      ConfigError: another process holds it.
    """
    path = folder / LOCK_FILE
    # Unbuffered: a write to a full disk would otherwise fail again when the file is closed.
    with name_in_errors(path), path.open("a+b", buffering=0) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise ConfigError(
                f"{folder} is in use by process {file.read().decode().strip() or 'unknown'}. "
                "Wait for it, end it, or set another output or name."
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()).encode())
        try:
            yield
        finally:
            file.truncate(0)
