"""A worker process of FaceExampleGen: writes the shards that it receives.

It ends when its parent does: the connection is then at its end. Neither Beam nor TensorFlow is
imported, so that it starts in a fraction of a second.
"""

import logging
import mmap
import os
import pickle
import queue
import signal
import sys
import threading
from multiprocessing.connection import Connection
from typing import Any

import cv2

from components.example_gen.shard_writer import ShardTask, write_shard

_log = logging.getLogger(__name__)


def main(connection: int, position: int) -> None:
    """Serve the parent.

    Args:
      connection: file descriptor; ShardTasks arrive, their ShardResults or errors return.
      position: file descriptor of 8 bytes of memory, where the index of the current row stands.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the parent decides.
    logging.basicConfig()
    cv2.setNumThreads(1)  # Several processes share the machine.
    parent = Connection(connection)
    memory = mmap.mmap(position, 8)
    tasks: queue.SimpleQueue[ShardTask] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(parent, tasks), daemon=True).start()
    while True:
        parent.send(_result(tasks.get(), memory))


def _receive(parent: Connection, tasks: queue.SimpleQueue[ShardTask]) -> None:
    """Pass tasks on until the parent ends or closes the connection, then end this process."""
    try:
        while True:
            tasks.put(parent.recv())
    except (EOFError, OSError):
        os._exit(0)  # In the midst of a picture too.


def _result(task: ShardTask, memory: mmap.mmap) -> Any:
    def begin(row: int) -> None:
        memory[:] = row.to_bytes(8, "little", signed=True)

    try:
        return write_shard(task, begin)
    except Exception as error:  # noqa: BLE001 - the parent raises it again.
        _log.exception("%s", task.shard.name)
        try:
            pickle.loads(pickle.dumps(error))
        except Exception:  # noqa: BLE001 - some errors cannot be built from their arguments.
            return RuntimeError(f"{type(error).__name__}: {error}")
        return error


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
