"""A function in a child process: an input that ends or stops the process is an outcome."""

import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any, Self

from tests.repository import ROOT

CRASHED, HUNG = "crashed", "hung"


class Guarded:
    """Calls a function of a module, in a child that is replaced when it dies."""

    def __init__(self, function: Callable[[Any], Any], seconds: float) -> None:
        self._names = (function.__module__, function.__name__)
        self._seconds = seconds  # Patience with one input.
        self._start()

    def _start(self) -> None:
        # Not by multiprocessing: its child takes sys.path from here, where imported libraries
        # may have put another folder `tests`.
        self._ours, theirs = Pipe()
        descriptor = theirs.fileno()
        self._child = subprocess.Popen(
            [sys.executable, "-m", "tests.fuzz.guarded", str(descriptor), *self._names],
            pass_fds=[descriptor],
            cwd=ROOT,
        )
        theirs.close()
        self._ours.recv()  # The child is ready: imports are not part of an input's time.

    def __call__(self, value: Any) -> Any:
        """The function's result, CRASHED or HUNG."""
        self._ours.send(value)
        outcome = HUNG
        if self._ours.poll(self._seconds):
            try:
                return self._ours.recv()
            except EOFError:
                outcome = CRASHED
        self._stop()
        self._start()
        return outcome

    def _stop(self) -> None:
        self._ours.close()
        self._child.kill()
        self._child.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()


def _serve(connection: Connection, function: Callable[[Any], Any]) -> None:
    connection.send(None)
    while True:
        try:
            value = connection.recv()
        except EOFError:
            return
        connection.send(function(value))


if __name__ == "__main__":
    _serve(Connection(int(sys.argv[1])), getattr(import_module(sys.argv[2]), sys.argv[3]))
