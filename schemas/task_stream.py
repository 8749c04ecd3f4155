"""Delayed tasks whose results are used one by one: tables larger than memory pass through."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

Compute = Callable[[Sequence[Any]], tuple[Any, ...]]  # Results of delayed tasks, in their order.

AHEAD = 4  # Results in memory, twice: those in use and those to come.


def on_threads(tasks: Sequence[Any]) -> tuple[Any, ...]:
    """Compute delayed tasks on threads of this process."""
    import dask

    results: tuple[Any, ...] = dask.compute(*tasks, scheduler="threads")
    return results


def stream(tasks: Iterable[Any], compute: Compute = on_threads) -> Iterator[Any]:
    """The results of tasks in order; while some are used, the next ones are computed."""
    tasks = iter(tasks)
    with ThreadPoolExecutor(1) as ahead:
        running = ahead.submit(compute, list(islice(tasks, AHEAD)))
        while results := running.result():
            running = ahead.submit(compute, list(islice(tasks, AHEAD)))
            yield from results
