"""Progress for people: one live line on a terminal, plain lines elsewhere."""

import logging
import shutil
import threading
import time
from typing import TextIO

from schemas.progress import Progress

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
