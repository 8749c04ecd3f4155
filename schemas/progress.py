"""Progress of long steps, as log records that the runner shows."""

import logging
from typing import NamedTuple


class Progress(NamedTuple):
    """Progress of one step."""

    done: int
    total: int
    unit: str  # Such as `faces`.
    note: str = ""  # Current numbers, such as a loss.


def report_progress(
    logger: logging.Logger, done: int, total: int, unit: str, note: str = ""
) -> None:
    """Log the progress of a step; the record's `progress` attribute holds it."""
    progress = Progress(done, total, unit, note)
    logger.info("%d of %d %s %s", done, total, unit, note, extra={"progress": progress})
