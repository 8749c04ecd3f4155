"""Worker pools in processes of their own."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.repository import ROOT, environment

SECONDS = 120


class Pool(NamedTuple):
    """A running pool."""

    address: str
    process: subprocess.Popen[str]

    def workers(self) -> list[int]:
        """Processes of the workers that run."""
        listed = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return [int(each) for path in listed for each in path.read_text().split()]


def free_address() -> str:
    """An address on loopback at which nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{bound.getsockname()[1]}"


def start_pool(address: str, log: Path) -> subprocess.Popen[str]:
    """Start a pool that writes its log to a file."""
    with log.open("w") as errors:
        return subprocess.Popen(
            [sys.executable, "-m", "pipelines.worker_pool", "--address", address],
            cwd=ROOT, env=environment(), text=True, stderr=errors,
        )  # fmt: skip


@contextmanager
def running_pool(log: Path) -> Iterator[Pool]:
    """A pool until the block ends."""
    address = free_address()
    process = start_pool(address, log)
    try:
        assert holds(lambda: f"worker pool at {address}" in log.read_text()), log.read_text()
        yield Pool(address, process)
    finally:
        process.terminate()
        process.wait(SECONDS)


def holds(condition: Callable[[], bool]) -> bool:
    """Whether a condition comes true in time."""
    limit = time.monotonic() + SECONDS
    while not condition():
        if time.monotonic() > limit:
            return False
        time.sleep(0.05)
    return True
