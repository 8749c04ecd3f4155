"""Where tasks run: on threads of this process, or on a Dask cluster."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from typing import Any

from schemas.errors import ConfigError, DataError
from schemas.task_stream import Compute, on_threads

_WAVE = 64  # Tasks in flight: bounds memory, and progress is told after each wave.
CONNECT_SECONDS = 10
_LOOK_SECONDS = 2  # How often we look whether workers are left.
_LOST_AFTER = 5  # Looks without one.


@contextmanager
def scheduler(address: str | None) -> Iterator[Compute]:
    """A function that computes delayed tasks, in their order.

    Args:
      address: of a Dask scheduler, such as `tcp://host:8786`; None for threads of this process.

    Raises:
      ConfigError: no scheduler answers there.
    """
    if address is None:
        yield on_threads
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
        yield lambda tasks: _on_cluster(client, address, tasks)


def _on_cluster(client: Any, address: str, tasks: Sequence[Any]) -> tuple[Any, ...]:
    """Compute on the cluster. Raises DataError where it is lost, and never gives fewer results.

    What a worker held that went away is computed again by another; without any, we do not wait.
    """
    from distributed import KilledWorker, wait
    from distributed import TimeoutError as StillRunning

    try:
        futures = client.compute(list(tasks))
        alone = 0
        while alone < _LOST_AFTER:
            try:
                wait(futures, timeout=_LOOK_SECONDS)
            except StillRunning:
                alone = 0 if client.scheduler_info()["workers"] else alone + 1
            else:
                return tuple(client.gather(futures))
        lost = "no worker is left"
    except (KilledWorker, OSError, CancelledError) as error:
        lost = str(error)
    raise DataError(
        f"the Dask cluster at {address} was lost while it worked ({lost}), expected it to stay; "
        "start its workers again and repeat, or set dask.address to null."
    )


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
