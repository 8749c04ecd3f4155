"""How far the step is, seen from its finished shards: the same on every runner."""

import logging
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tfx.dsl.io import fileio

from schemas.progress import report_progress

_SECONDS = 1.0  # Between two looks.

_log = logging.getLogger(__name__)


@contextmanager
def watched(folder: str, sizes: Mapping[str, int]) -> Iterator[None]:
    """Report progress while shards appear.

    Args:
      folder: where shards are written.
      sizes: rows of each shard, by its name below the folder.
    """
    stop = threading.Event()

    def look() -> None:
        while not stop.wait(_SECONDS):
            done = sum(size for name, size in sizes.items() if _exists(folder, name))
            report_progress(_log, done, sum(sizes.values()), "faces")

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        stop.set()
        watcher.join()


def _exists(folder: str, name: str) -> bool:
    return bool(fileio.exists(os.path.join(folder, name)))
