"""Shards written by several processes, of which any may die.

Beam's own worker processes are not used: the engine waits for ever for one that died.
"""

import logging
import mmap
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait

from components.example_gen import worker_process
from components.example_gen.shard_writer import ShardResult, ShardTask, unpack
from schemas.errors import DataError

MAX_DEATHS = 3  # Of processes in one shard, those that a picture causes aside.
# Signals by which a process ends itself: a fault of a decoder, on the picture that it reads.
_CRASHES = (signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGABRT)

_log = logging.getLogger(__name__)


@dataclass
class _Work:
    """A shard and the deaths in it."""

    task: ShardTask
    deaths: int = 0
    crashed_at: int | None = None  # Row of the last crash.
    unreadable: dict[int, str] = field(default_factory=dict)

    def note_death(self, status: int, row: int) -> None:
        """Count a death, or give up the picture on which two processes crashed.

        Args:
          status: of subprocess.Popen.returncode.
          row: that was being read; -1 if none was.

        Raises:
          DataError: too many processes died.
        """
        end = _end(status)
        _log.warning("a worker process ended (%s) at row %d of %s", end, row, self.task.shard.name)
        crashed_at = row if row >= 0 and -status in _CRASHES else None
        if crashed_at is not None and crashed_at == self.crashed_at:
            self.unreadable[row] = f"{self._path(row)} ends the process that decodes it ({end})"
            self.crashed_at = None
            self.deaths -= 1  # The first of the two.
            return
        self.crashed_at = crashed_at
        self.deaths += 1
        if self.deaths >= MAX_DEATHS:
            at = f", the last at {self._path(row)}" if row >= 0 else ""
            raise DataError(
                f"{MAX_DEATHS} worker processes ended ({end}) while they wrote "
                f"{self.task.shard.name}{at}, expected none. If memory ran out, lower beam.workers "
                "or images.max_pixels; then run the same command again."
            )

    def _path(self, row: int) -> str:
        return repr(unpack(self.task.packed)[row]["path"])


def _end(status: int) -> str:
    return f"exit status {status}" if status >= 0 else signal.Signals(-status).name


class _Worker:
    """A process, and the connection to it."""

    def __init__(self) -> None:
        self.connection, theirs = Pipe()
        position = os.memfd_create("row")
        os.ftruncate(position, 8)
        self._memory = mmap.mmap(position, 8)
        descriptors = (theirs.fileno(), position)
        self._process = subprocess.Popen(
            # -P: modules of the current folder, the run folder, are not imported.
            [sys.executable, "-P", "-m", worker_process.__name__, *map(str, descriptors)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            stdin=subprocess.DEVNULL,
            pass_fds=descriptors,
        )
        theirs.close()
        os.close(position)

    def begin(self, work: _Work) -> None:
        """Hand over a shard; a process that has died is noticed when its answer is read."""
        self._memory[:] = (-1).to_bytes(8, "little", signed=True)
        task = work.task._replace(unreadable=work.unreadable)
        try:
            self.connection.send(task)
        except OSError:
            _log.debug("a worker process has died before %s", task.shard.name)

    def row(self) -> int:
        """Index of the row that is being read; -1 before the first."""
        return int.from_bytes(self._memory[:], "little", signed=True)

    def end(self) -> int:
        """End the process, if it has not; returns its status."""
        self.connection.close()
        try:
            return self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


def write_shards(tasks: Iterable[ShardTask], processes: int) -> Iterator[ShardResult]:
    """Write shards in several processes; results come in any order.

    A process that dies is replaced and its shard written anew. A picture on which two processes
    crash is rejected.

    Raises:
      DataError: several processes died in one shard by other causes.
      Exception: of `write_shard`, as it was raised.
    """
    pending = deque(_Work(task) for task in tasks)
    busy: dict[Connection, tuple[_Worker, _Work]] = {}
    idle: list[_Worker] = []
    try:
        while pending or busy:
            while pending and len(busy) < processes:
                worker = idle.pop() if idle else _Worker()
                busy[worker.connection] = worker, pending.popleft()
                worker.begin(busy[worker.connection][1])
            ready = wait(list(busy))
            for connection in [each for each in busy if each in ready]:
                worker, work = busy[connection]
                try:
                    result = connection.recv()
                except (EOFError, OSError):
                    del busy[connection]
                    work.note_death(worker.end(), worker.row())
                    pending.appendleft(work)
                    continue
                del busy[connection]
                idle.append(worker)
                if isinstance(result, Exception):
                    raise result
                yield result
    finally:
        for worker in (*idle, *(each for each, _ in busy.values())):
            worker.end()
