"""Progress of the commands that run no pipeline: on standard error, so that output stays clean."""

import sys
import time

_SECONDS = 5.0  # Between two lines where there is no terminal.


class Counter:
    """Counts on one live line of a terminal, or on a plain line now and then elsewhere."""

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._told = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        """Show `done` of `total`; on a terminal the last call clears the line."""
        if sys.stderr.isatty():
            shown = f"{done} of {total} {self._unit}" if done < total else ""
            print(f"\r\x1b[K{shown}", end="", file=sys.stderr, flush=True)
        elif time.monotonic() - self._told >= _SECONDS:
            self._told = time.monotonic()
            print(f"{done} of {total} {self._unit}", file=sys.stderr, flush=True)
