"""Dask schedulers: threads of this process, or a cluster."""

import pkgutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from typing import Any

from schemas.errors import ConfigError, DataError
from schemas.task_stream import Compute, on_threads

_WAVE = 64  # Tasks in flight: bounds memory; progress is reported after each wave.
CONNECT_SECONDS = 10
POLL_SECONDS = 2  # Between two checks whether the cluster has workers.
MAX_POLLS_WITHOUT_WORKERS = 5


@contextmanager
def scheduler(address: str | None) -> Iterator[Compute]:
    """A function that computes delayed tasks and returns their results in order.

    Args:
      address: of a Dask scheduler, such as `tcp://host:8786`; None for threads of this process.

    Raises:
      ConfigError: no scheduler answers at the address.
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
        _check_installed(client, address)
        yield lambda tasks: _on_cluster(client, address, tasks)


def _check_installed(client: Any, address: str) -> None:
    """Raise ConfigError unless the scheduler and every worker can import this package.

    A function of the standard library is asked for: ours they could not read.
    """
    from distributed.comm import CommClosedError

    name = f"{__package__}:__name__"
    try:
        client.run_on_scheduler(pkgutil.resolve_name, name)
        client.run(pkgutil.resolve_name, name)
    except ImportError as error:
        raise ConfigError(_not_installed(address, error)) from None
    except CommClosedError:  # A worker that ends meanwhile is noticed during the work.
        return


def _not_installed(address: str, error: ImportError) -> str:
    return (
        f"dask.address is {address!r}, but its scheduler or one of its workers has no Facefold "
        f"({error}), expected the same version on each of them. Install it there, or start them in "
        "the project's image; or set dask.address to null."
    )


def _on_cluster(client: Any, address: str, tasks: Sequence[Any]) -> tuple[Any, ...]:
    """Compute on the cluster. Raises DataError if it is lost; never returns fewer results.

    Another worker recomputes the results of a lost one; without any worker the wait is limited.
    """
    from distributed import KilledWorker, wait
    from distributed import TimeoutError as StillRunning

    try:
        futures = client.compute(list(tasks))
        polls = 0
        while polls < MAX_POLLS_WITHOUT_WORKERS:
            try:
                wait(futures, timeout=POLL_SECONDS)
            except StillRunning:
                polls = 0 if client.scheduler_info()["workers"] else polls + 1
            else:
                return tuple(client.gather(futures))
        reason = "no worker is left"
    except (KilledWorker, OSError, CancelledError) as error:
        reason = str(error)
    except ImportError as error:  # Of a worker that came later.
        raise ConfigError(_not_installed(address, error)) from None
    raise DataError(
        f"the Dask cluster at {address} was lost during the work ({reason}), expected it to stay; "
        "start its workers again and repeat, or set dask.address to null."
    )


def in_waves(
    tasks: Sequence[Any], compute: Compute, progress: Callable[[int], None] | None = None
) -> list[Any]:
    """The results of all tasks in order; `progress` receives the number of finished tasks."""
    results: list[Any] = []
    for start in range(0, len(tasks), _WAVE):
        results.extend(compute(tasks[start : start + _WAVE]))
        if progress:
            progress(len(results))
    return results
