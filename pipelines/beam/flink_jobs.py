"""Jobs of a Flink cluster, by its REST interface (v1 of Flink 1.19's documentation)."""

import http.client
import json
import time
import urllib.error
import urllib.request
from typing import Any

from schemas.errors import ConfigError

_SECONDS = 10.0
_POLL_SECONDS = 0.5
_RUNNING = ("INITIALIZING", "CREATED", "RUNNING", "RESTARTING", "FAILING", "CANCELLING")
# Counters of a vertex that stand where it does; its times go on.
_COUNTERS = ("read-bytes", "read-records", "write-bytes", "write-records")
_ERRORS = (OSError, ValueError, KeyError)  # Of no answer, or of one of another kind.


class FlinkJob:
    """The job of one name on a cluster."""

    def __init__(self, master: str, name: str) -> None:
        """`master`: host:port, with or without http://."""
        self.master = master
        self.name = name
        self._last: list[Any] = []

    def progress(self) -> list[Any]:
        """What changes while the job goes on; the last answer where the cluster gives none."""
        try:
            self._last = [_progress_of(self.master, job) for job in self._jobs()]
        except _ERRORS:
            return self._last
        return self._last

    def describe(self) -> str:
        """The job's state and tasks in words."""
        try:
            jobs = self._jobs()
        except _ERRORS as error:
            return f"the cluster gives no answer ({error})"
        return "; ".join(map(_describe, jobs)) or "it has no running job"

    def cancel(self, seconds: float = 0.0) -> None:
        """Cancel the job, if it runs, or begins to within some seconds."""
        limit = time.monotonic() + seconds
        while not (jobs := self._jobs()) and time.monotonic() < limit:
            time.sleep(_POLL_SECONDS)
        for job in jobs:
            _call(self.master, f"/jobs/{job['jid']}?mode=cancel", "PATCH")

    def slots(self) -> int | None:
        """The slots of the cluster; None where it gives no answer."""
        try:
            return int(_call(self.master, "/overview")["slots-total"])
        except _ERRORS:
            return None

    def _jobs(self) -> list[dict[str, Any]]:
        """The running job of this name, if there is one."""
        jobs = _call(self.master, "/jobs/overview")["jobs"]
        return [job for job in jobs if job["name"] == self.name and job["state"] in _RUNNING]


def check_cluster(master: str) -> None:
    """Raise ConfigError unless a Flink cluster answers at host:port."""
    try:
        _call(master, "/overview")["flink-version"]
    except _ERRORS as error:
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


def _call(master: str, path: str, method: str = "GET") -> dict[str, Any]:
    """The JSON of an answer; empty of an empty one. Raises one of _ERRORS."""
    base = master if "://" in master else f"http://{master}"
    request = urllib.request.Request(f"{base}/v1{path}", method=method)
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
            content = answer.read()
    except http.client.HTTPException as error:
        raise OSError(f"no HTTP: {error!r}") from error
    found = json.loads(content) if content else {}
    if not isinstance(found, dict):
        raise ValueError(f"{content[:40]!r} is no JSON object")
    return found
