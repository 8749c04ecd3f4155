"""Where tasks run: on threads of this process, or on a Dask cluster."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import Any

import dask

from schemas.errors import ConfigError

Compute = Callable[[Sequence[Any]], tuple[Any, ...]]

_WAVE = 64  # Tasks in flight: bounds memory, and progress is told after each wave.
_AHEAD = 4  # Results of `stream` in memory, twice: those in use and those to come.
CONNECT_SECONDS = 10


@contextmanager
def scheduler(address: str | None) -> Iterator[Compute]:
    """A function that computes delayed tasks, in their order.

    Args:
      address: of a Dask scheduler, such as `tcp://host:8786`; None for threads of this process.

    Raises:
      ConfigError: no scheduler answers there.
    """
    if address is None:
        yield lambda tasks: dask.compute(*tasks, scheduler="threads")
        return
    from distributed import Client

    try:
        client = Client(address, timeout=CONNECT_SECONDS)
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"dask.address is {address!r}, where no scheduler answers ({error}), expected one "
            "such as tcp://host:8786; start it, or set dask.address to null."
        ) from error
    with client:
        yield lambda tasks: tuple(client.gather(client.compute(list(tasks))))


def stream(tasks: Iterable[Any], compute: Compute) -> Iterator[Any]:
    """The results of tasks one by one, in order, with few of them in memory at a time.

    While a result is used, the next ones are computed.
    """
    tasks = iter(tasks)
    with ThreadPoolExecutor(1) as ahead:
        running = ahead.submit(compute, list(islice(tasks, _AHEAD)))
        while results := running.result():
            running = ahead.submit(compute, list(islice(tasks, _AHEAD)))
            yield from results


def in_waves(
    tasks: Sequence[Any], compute: Compute, done: Callable[[int], None] | None = None
) -> list[Any]:
    """The results of all tasks in order; `done` hears the number of finished tasks."""
    results: list[Any] = []
    for start in range(0, len(tasks), _WAVE):
        results.extend(compute(tasks[start : start + _WAVE]))
        if done:
            done(len(results))
    return results
