"""A Flink session cluster on loopback, from the jars of PyPI's `apache-flink-libraries`.

The package has no start scripts; they would compute the memory options that are given here.
"""

import json
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.pipelines.worker_pool.pools import free_address

_SECONDS_TO_START = 90
_TASK_MANAGERS, _SLOTS = 2, 2
# Of Flink's own start scripts, for Java 17.
_OPENED = (
    "java.base/java.lang", "java.base/java.net", "java.base/java.io", "java.base/java.nio",
    "java.base/sun.nio.ch", "java.base/java.lang.reflect", "java.base/java.text",
    "java.base/java.time", "java.base/java.util", "java.base/java.util.concurrent",
    "java.base/java.util.concurrent.atomic", "java.base/java.util.concurrent.locks",
)  # fmt: skip
_CONFIG = {
    "taskmanager.numberOfTaskSlots": _SLOTS,
    "taskmanager.cpu.cores": 2.0,
    "taskmanager.memory.task.heap.size": "512m",
    "taskmanager.memory.task.off-heap.size": "0m",
    "taskmanager.memory.framework.heap.size": "128m",
    "taskmanager.memory.framework.off-heap.size": "128m",
    "taskmanager.memory.managed.size": "256m",
    "taskmanager.memory.jvm-metaspace.size": "256m",
    "taskmanager.memory.jvm-overhead.min": "192m",
    "taskmanager.memory.jvm-overhead.max": "192m",
    "taskmanager.memory.network.min": "192m",
    "taskmanager.memory.network.max": "192m",
    "taskmanager.network.sort-shuffle.min-buffers": 64,
    "taskmanager.load-balance.mode": "SLOTS",
    "restart-strategy.type": "fixed-delay",
    "restart-strategy.fixed-delay.attempts": 3,
    "restart-strategy.fixed-delay.delay": "5 s",
    "heartbeat.timeout": "10000",
    "heartbeat.interval": "2000",
    "parallelism.default": 2,
}


class SessionCluster:
    """A job manager and its task managers."""

    def __init__(self, jars: Path, folder: Path) -> None:
        """`jars`: the package's `pyflink/lib`; `folder`: of settings and logs."""
        self._jars = jars
        self._folder = folder
        self.address = free_address()
        self._rpc = int(free_address().rpartition(":")[2])
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Start the processes."""
        self._start("StandaloneSessionClusterEntrypoint", "master", entry=True)
        for number in range(_TASK_MANAGERS):
            self._start("TaskManagerRunner", f"task-manager-{number}")

    def _start(self, name: str, log: str, *, entry: bool = False) -> None:
        package = "entrypoint" if entry else "taskexecutor"
        conf = self._folder / log
        conf.mkdir(parents=True)
        (conf / "config.yaml").write_text(yaml.safe_dump(_CONFIG | self._places()))
        with (self._folder / f"{log}.log").open("wb") as output:
            process = subprocess.Popen(
                ["java", "-Xmx768m", *(f"--add-opens={name}=ALL-UNNAMED" for name in _OPENED),
                 "-cp", f"{self._jars}/*", f"org.apache.flink.runtime.{package}.{name}",
                 "--configDir", str(conf)],
                stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
        self._processes.append(process)

    def _places(self) -> dict[str, Any]:
        host, _, port = self.address.rpartition(":")
        return {
            "jobmanager.rpc.address": host, "jobmanager.rpc.port": self._rpc,
            "jobmanager.bind-host": host, "rest.address": host, "rest.bind-address": host,
            "rest.port": int(port), "taskmanager.host": host, "taskmanager.bind-host": host,
            "io.tmp.dirs": str(self._folder),
        }  # fmt: skip

    def wait(self) -> None:
        """Wait until all slots are there. Raises RuntimeError otherwise."""
        limit = time.monotonic() + _SECONDS_TO_START
        while time.monotonic() < limit:
            try:
                if self.overview()["slots-total"] == _SLOTS * _TASK_MANAGERS:
                    return
            except OSError:
                pass
            time.sleep(0.5)
        raise RuntimeError(f"the Flink cluster did not start: see {self._folder}")

    def overview(self) -> Mapping[str, Any]:
        """The answer of /overview."""
        with urllib.request.urlopen(f"http://{self.address}/overview", timeout=5) as answer:
            found: dict[str, Any] = json.loads(answer.read())
        return found

    def kill_task_manager(self) -> None:
        """Kill the first one; it does not come back."""
        self._processes[1].kill()
        self._processes[1].wait()

    def stop(self) -> None:
        """End all processes."""
        for process in reversed(self._processes):
            process.kill()
            process.wait()


@contextmanager
def session_cluster(jars: Path, folder: Path) -> Iterator[SessionCluster]:
    """A cluster with all its slots, until the block ends."""
    cluster = SessionCluster(jars, folder)
    try:
        cluster.start()
        cluster.wait()
        yield cluster
    finally:
        cluster.stop()
