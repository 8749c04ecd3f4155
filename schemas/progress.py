"""How a long step says how far it is: log records that the runner turns into its progress line."""

import logging
from typing import NamedTuple


class Progress(NamedTuple):
    """How far a step is."""

    done: int
    total: int
    unit: str  # What is counted, such as `faces`.
    note: str = ""  # Numbers worth seeing meanwhile, such as a loss.


def report_progress(
    logger: logging.Logger, done: int, total: int, unit: str, note: str = ""
) -> None:
    """Log one step's progress; a handler finds it as the record's `progress` attribute."""
    progress = Progress(done, total, unit, note)
    logger.info("%d of %d %s %s", done, total, unit, note, extra={"progress": progress})
