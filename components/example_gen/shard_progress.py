"""Progress of the step by its finished shards; independent of the runner."""

import logging
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tfx.dsl.io import fileio

from schemas.progress import report_progress

_SECONDS = 1.0  # Between two checks.

_log = logging.getLogger(__name__)


@contextmanager
def reporting_progress(folder: str, sizes: Mapping[str, int]) -> Iterator[None]:
    """Report progress from a thread while the shards are written.

    `sizes` holds the rows of each shard, by its name below `folder`.
    """
    stop = threading.Event()

    def report() -> None:
        while not stop.wait(_SECONDS):
            done = sum(
                size for name, size in sizes.items() if fileio.exists(os.path.join(folder, name))
            )
            report_progress(_log, done, sum(sizes.values()), "faces")

    reporter = threading.Thread(target=report, daemon=True)
    reporter.start()
    try:
        yield
    finally:
        stop.set()
        reporter.join()
