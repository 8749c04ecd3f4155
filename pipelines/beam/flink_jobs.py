"""Jobs of a Flink cluster, by its REST interface (v1 of Flink 1.19's documentation)."""

import json
import time
import urllib.error
import urllib.request
from typing import Any

from schemas.errors import ConfigError

_SECONDS = 10.0
_RUNNING = ("INITIALIZING", "CREATED", "RUNNING", "RESTARTING", "FAILING", "CANCELLING")
# Counters of a vertex that stand where it does; its times go on.
_COUNTERS = ("read-bytes", "read-records", "write-bytes", "write-records")


class FlinkJob:
    """The job of one name on a cluster."""

    def __init__(self, master: str, name: str) -> None:
        """`master`: host:port, with or without http://."""
        self.master = master
        self.name = name
        self._started = time.time() - 60  # Seconds; the clocks may differ.
        self._last: list[Any] = []

    def progress(self) -> list[Any]:
        """What changes while the job goes on; the last answer where the cluster gives none."""
        try:
            self._last = [_progress_of(self.master, job) for job in self._jobs()]
        except (OSError, ValueError, KeyError):
            return self._last
        return self._last

    def describe(self) -> str:
        """The job's state and tasks in words."""
        try:
            jobs = self._jobs()
        except (OSError, ValueError, KeyError) as error:
            return f"the cluster gives no answer ({error})"
        return "; ".join(map(_describe, jobs)) or "it has no running job"

    def cancel(self) -> None:
        """Cancel the job, if it runs."""
        for job in self._jobs():
            if job["name"] == self.name:
                _call(self.master, f"/jobs/{job['jid']}?mode=cancel", "PATCH")

    def _jobs(self) -> list[dict[str, Any]]:
        """The running job of this name; if none has it, those that started since."""
        jobs = [
            job for job in _call(self.master, "/jobs/overview")["jobs"] if job["state"] in _RUNNING
        ]
        named = [job for job in jobs if job["name"] == self.name]
        return named or [job for job in jobs if job["start-time"] / 1000 >= self._started]


def check_cluster(master: str) -> None:
    """Raise ConfigError unless a Flink cluster answers at host:port."""
    try:
        _call(master, "/overview")["flink-version"]
    except (OSError, ValueError, KeyError) as error:
        raise ConfigError(
            f"beam.address is {master!r}, where no Flink cluster answers ({_reason(error)}), "
            "expected the REST address of its job manager. Start the cluster, or correct the key."
        ) from None


def _reason(error: Exception) -> object:
    return error.reason if isinstance(error, urllib.error.URLError) else error


def _progress_of(master: str, job: dict[str, Any]) -> tuple[Any, ...]:
    vertices = _call(master, f"/jobs/{job['jid']}")["vertices"]
    counters = [
        [vertex["id"], vertex["status"], *(vertex["metrics"].get(name) for name in _COUNTERS)]
        for vertex in vertices
    ]
    return job["jid"], job["state"], counters


def _describe(job: dict[str, Any]) -> str:
    counts = {state: count for state, count in job["tasks"].items() if state != "total" and count}
    tasks = ", ".join(f"{count} {state}" for state, count in counts.items())
    return f"job {job['jid']} is {job['state']} ({tasks} tasks)"


def _call(master: str, path: str, method: str = "GET") -> Any:
    """The JSON of an answer. Raises OSError without one, ValueError for another kind."""
    base = master if "://" in master else f"http://{master}"
    request = urllib.request.Request(f"{base}/v1{path}", method=method)
    with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
        content = answer.read()
    return json.loads(content) if content else None
