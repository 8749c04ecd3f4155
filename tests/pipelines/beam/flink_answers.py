"""A Flink cluster's REST interface, as Flink 1.19 answers, without a cluster."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

JOB = "5f0a1c"


class Cluster:
    """What the cluster tells, and what it was asked to do."""

    def __init__(self) -> None:
        self.address = ""
        self.jobs: list[dict[str, Any]] = []
        self.records = 0  # Written by the job's only vertex.
        self.grows = False  # Whether every look finds more.
        self.patched: list[str] = []

    def answer(self, path: str) -> Any:
        """The JSON of a GET."""
        if path == "/v1/overview":
            return {"flink-version": "1.19.3", "slots-total": 4}
        if path == "/v1/jobs/overview":
            return {"jobs": self.jobs}
        self.records += self.grows
        metrics = {"read-bytes": 0, "write-bytes": 0, "read-records": 0}
        metrics |= {"write-records": self.records, "accumulated-busy-time": self.records * 7}
        return {"vertices": [{"id": "v", "status": "RUNNING", "metrics": metrics}]}


def job(name: str, *, state: str = "RUNNING", start: float = 0.0, jid: str = JOB) -> dict[str, Any]:
    """One of `/jobs/overview`; `start` in seconds since 1970."""
    return {
        "jid": jid, "name": name, "state": state, "start-time": int(start * 1000),
        "tasks": {"running": 1, "scheduled": 3, "finished": 0, "total": 4},
    }  # fmt: skip


@contextmanager
def flink() -> Iterator[Cluster]:
    """Serve on loopback."""
    cluster = Cluster()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(json.dumps(cluster.answer(self.path)).encode(), 200)

        def do_PATCH(self) -> None:
            cluster.patched.append(self.path)
            self._send(b"", 202)

        def _send(self, content: bytes, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    cluster.address = f"127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield cluster
    finally:
        server.shutdown()
        server.server_close()
