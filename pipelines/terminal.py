"""Progress of the commands that run no pipeline: on standard error, so that output stays clean."""

import logging
import os
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from schemas.progress import Progress

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


_PLAIN_SECONDS = 15.0  # Between two plain lines of one step.
_LIVE_SECONDS = 1.0


class Display(logging.Handler):
    """Shows which step runs, how far it is and how long it takes."""

    def __init__(self, stream: TextIO, steps: int) -> None:
        super().__init__()
        self._stream = stream
        self._live = stream.isatty()
        self._steps = steps
        self._step = 0
        self._name = ""
        self._began = 0.0
        self._told = 0.0
        self._progress: Progress | None = None
        self._stop = threading.Event()
        self._ticker: threading.Thread | None = None

    def __enter__(self) -> "Display":
        """Listen to the steps' progress records."""
        logging.getLogger("components").addHandler(self)
        if self._live:
            self._ticker = threading.Thread(target=self._tick, daemon=True)
            self._ticker.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop listening and clear the live line."""
        logging.getLogger("components").removeHandler(self)
        self._stop.set()
        if self._ticker:
            self._ticker.join()
            self._clear()

    def emit(self, record: logging.LogRecord) -> None:
        """Called by logging; only records with progress concern us."""
        progress = getattr(record, "progress", None)
        if progress is None:
            return
        self._progress = progress
        if not self._live and time.monotonic() - self._told >= _PLAIN_SECONDS:
            self._told = time.monotonic()
            self.line(self._text())

    def begin(self, name: str) -> None:
        """A step starts."""
        self._step += 1
        self._name, self._progress = name, None
        self._began = self._told = time.monotonic()
        if not self._live:
            self.line(f"{self._head()} ...")

    def end(self, result: str) -> float:
        """A step ended with `result`; gives its seconds."""
        seconds = time.monotonic() - self._began
        self.line(f"{self._head()} {result} in {seconds:.1f} s")
        self._name = ""
        return seconds

    def line(self, text: str) -> None:
        """Print one lasting line."""
        if self._live:
            self._clear()
        print(text, file=self._stream, flush=True)

    def _head(self) -> str:
        return f"[{self._step:2}/{self._steps}] {self._name:<16}"

    def _text(self) -> str:
        seconds = time.monotonic() - self._began
        if self._progress is None:
            return f"{self._head()} {seconds:.0f} s"
        done, total, unit, note = self._progress
        return f"{self._head()} {done} of {total} {unit} {note} {seconds:.0f} s"

    def _tick(self) -> None:
        while not self._stop.wait(_LIVE_SECONDS):
            if self._name:
                width = shutil.get_terminal_size().columns - 1
                self._stream.write("\r\x1b[K" + self._text()[:width])
                self._stream.flush()

    def _clear(self) -> None:
        self._stream.write("\r\x1b[K")


@contextmanager
def redirect_output(log: Path) -> Iterator[TextIO]:
    """Send descriptors 1 and 2 to `log`; gives a stream to the standard output as it was.

    Must begin before TensorFlow is imported: its native code keeps the descriptors.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    sys.stderr.flush()
    saved = os.dup(1), os.dup(2)
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True)
    logging.getLogger("components").setLevel(logging.INFO)
    terminal = os.fdopen(os.dup(saved[0]), "w", encoding="utf-8", errors="replace")
    try:
        yield terminal
    finally:
        terminal.close()
        sys.stdout.flush()
        sys.stderr.flush()
        for number, original in zip((1, 2), saved, strict=True):
            os.dup2(original, number)
            os.close(original)
