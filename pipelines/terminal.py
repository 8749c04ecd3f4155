"""Tables, progress and redirected output; plain lines where there is no terminal."""

import io
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TextIO

from schemas.errors import ConfigError, DataError
from schemas.progress import Progress

if TYPE_CHECKING:
    import rich.progress

LOG_NOTE = "Log: "  # Begins the note of an error whose traceback is in a log.
_EXPECTED = (ConfigError, DataError)  # Their messages say all.
_ALIGN = {"l": "left", "r": "right"}
_ANY_WIDTH = 100_000  # Cells are neither wrapped nor cut.


def table(rows: Sequence[Sequence[str]], align: str = "lr") -> str:
    """Rows as aligned columns of plain text, of any width.

    Args:
      rows: cells; short rows end early.
      align: `l` or `r` per column; the last letter holds for all further columns.
    """
    from rich.console import Console
    from rich.table import Table

    grid = Table(box=None, show_header=False, pad_edge=False)
    columns = max(map(len, rows), default=0)
    for letter in align[:columns].ljust(columns, align[-1]):
        grid.add_column(justify=_ALIGN[letter], no_wrap=True)  # type: ignore[arg-type]
    for row in rows:
        grid.add_row(*row)
    text = io.StringIO()
    console = Console(
        file=text, width=_ANY_WIDTH, color_system=None, force_terminal=False,
        markup=False, emoji=False, highlight=False,
    )  # fmt: skip
    console.print(grid)
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines())


@contextmanager
def counting(unit: str, seconds: float = 5.0) -> Iterator[Callable[[int, int], None]]:
    """Progress of a command on standard error; yields a function to call with (done, total).

    `unit` is the counted things; without a terminal, `seconds` lie between two lines.
    """
    if not _is_live(sys.stderr):
        yield _plain_counter(unit, seconds)
        return
    with _progress_bar(sys.stderr) as bar:
        task = bar.add_task("", total=None, state="", visible=False)
        yield lambda done, total: bar.update(
            task, completed=done, total=total, state=f"{done} of {total} {unit}", visible=True
        )


def _plain_counter(unit: str, seconds: float) -> Callable[[int, int], None]:
    last = time.monotonic()

    def show(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last >= seconds:
            last = time.monotonic()
            print(f"{done} of {total} {unit}", file=sys.stderr, flush=True)

    return show


def _is_live(stream: TextIO | None) -> bool:
    """Whether lines of `stream` can be redrawn."""
    return stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"


def _progress_bar(stream: TextIO) -> "rich.progress.Progress":
    from rich import progress
    from rich.console import Console
    from rich.table import Column

    column = Column(no_wrap=True, overflow="ellipsis")
    return progress.Progress(
        progress.TextColumn("{task.description}", markup=False, table_column=column),
        progress.BarColumn(bar_width=20),
        progress.TextColumn("{task.fields[state]}", markup=False, table_column=column),
        progress.TimeElapsedColumn(),
        console=Console(file=stream, force_terminal=True, highlight=False),
        refresh_per_second=4,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )


class Display(logging.Handler):
    """Shows the running node, its progress and its time.

    The components report progress as log records (`schemas.progress`). Where there is no terminal,
    `seconds` lie between two lines of progress.
    """

    def __init__(self, stream: TextIO, nodes: int, seconds: float = 15.0) -> None:
        super().__init__()
        self._stream = stream
        self._bar = _progress_bar(stream) if _is_live(stream) else None
        self._task: Any = None
        self._nodes = nodes
        self._node = 0
        self._name = ""
        self._began = 0.0
        self._shown = 0.0
        self._seconds = seconds

    def __enter__(self) -> Self:
        """Receive the components' progress records."""
        logging.getLogger("components").addHandler(self)
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Clear the live line."""
        logging.getLogger("components").removeHandler(self)
        if self._bar:
            self._bar.stop()

    def emit(self, record: logging.LogRecord) -> None:
        """Called by logging; ignores records without progress."""
        progress: Progress | None = getattr(record, "progress", None)
        if progress is None:
            return
        done, total, unit, note = progress
        state = f"{done} of {total} {unit} {note}".rstrip()
        if self._bar:
            if self._task is not None:
                self._bar.update(self._task, completed=done, total=total, state=state)
        elif time.monotonic() - self._shown >= self._seconds:
            self._shown = time.monotonic()
            self.line(f"{self._head()} {state} {self._shown - self._began:.0f} s")

    def begin(self, name: str) -> None:
        """Show that a node starts."""
        self._node += 1
        self._name = name
        self._began = self._shown = time.monotonic()
        if self._bar:
            self._task = self._bar.add_task(self._head(), total=None, state="")
        else:
            self.line(f"{self._head()} ...")

    def end(self, result: str) -> float:
        """Show that the node ended with `result`; returns its seconds."""
        seconds = time.monotonic() - self._began
        if self._bar and self._task is not None:
            self._bar.remove_task(self._task)
            self._task = None
        self.line(f"{self._head()} {result} in {seconds:.1f} s")
        return seconds

    def line(self, text: str) -> None:
        """Print a lasting line."""
        if self._bar:
            self._bar.console.print(text, markup=False, soft_wrap=True)
        else:
            print(text, file=self._stream, flush=True)

    def _head(self) -> str:
        return f"[{self._node:2}/{self._nodes}] {self._name:<16}"


@contextmanager
def redirect_output(log: Path) -> Iterator[TextIO]:
    """Redirect file descriptors 1 and 2 to `log`; yields a stream to the former standard output.

    Must begin before TensorFlow is imported, whose native code keeps the descriptors. The traceback
    of an unexpected error is written to `log`, which the error then names in a note.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    sys.stdout.flush()
    sys.stderr.flush()
    saved = os.dup(1), os.dup(2)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True)
    logging.getLogger("components").setLevel(logging.INFO)
    terminal = os.fdopen(os.dup(saved[0]), "w", encoding="utf-8", errors="replace")
    try:
        yield terminal
    except _EXPECTED:
        raise
    except Exception as error:
        logging.getLogger(__name__).exception("unexpected error")
        if log != Path(os.devnull):
            error.add_note(f"{LOG_NOTE}{log}")
        raise
    finally:
        for stream in (terminal, sys.stdout, sys.stderr):
            with suppress(OSError):  # A full disk, or a reader that went away.
                stream.flush()
        for descriptor, original in zip((1, 2), saved, strict=True):
            os.dup2(original, descriptor)
            os.close(original)
        with suppress(OSError):
            terminal.close()


def open_closed_streams() -> None:
    """Open the null device as each standard descriptor that is closed, as after `>&-`.

    Otherwise the next opened file would take its number and receive the output.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # Takes the lowest free number.
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)
