"""Streaming of delayed tasks: results are used one by one, so tables may exceed memory."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

Compute = Callable[[Sequence[Any]], tuple[Any, ...]]  # Delayed tasks to results, in order.

AHEAD = 4  # Tasks per batch; two batches are in memory: one in use, one being computed.


def on_threads(tasks: Sequence[Any]) -> tuple[Any, ...]:
    """Compute delayed tasks on threads of this process."""
    import dask

    results: tuple[Any, ...] = dask.compute(*tasks, scheduler="threads")
    return results


def stream(tasks: Iterable[Any], compute: Compute = on_threads) -> Iterator[Any]:
    """Yield the results of tasks in order, computing the next batch meanwhile."""
    tasks = iter(tasks)
    with ThreadPoolExecutor(1) as ahead:
        running = ahead.submit(compute, list(islice(tasks, AHEAD)))
        while results := running.result():
            running = ahead.submit(compute, list(islice(tasks, AHEAD)))
            yield from results
