"""A function in a child process: an input that ends or stops the process is an outcome."""

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, Self

CRASHED, HUNG = "crashed", "hung"


class Guarded:
    """Calls a function of a module, in a child that is replaced when it dies."""

    def __init__(self, function: Callable[[Any], Any], seconds: float) -> None:
        self._function = function
        self._seconds = seconds  # Patience with one input.
        self._context = multiprocessing.get_context("spawn")
        self._start()

    def _start(self) -> None:
        self._ours, theirs = self._context.Pipe()
        self._child = self._context.Process(target=_serve, args=(theirs, self._function))
        self._child.start()
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
        self._child.join()

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
