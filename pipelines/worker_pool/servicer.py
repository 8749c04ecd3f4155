"""Starts a worker process for each request, and ends them all with the pool.

Beam's own pool starts the `python` of PATH, listens on all interfaces, never reads its workers'
output, at which they block, and stops workers by a name that two Flink task managers both give.
"""

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
from apache_beam.portability.api import beam_fn_api_pb2, beam_fn_api_pb2_grpc

from pipelines.beam.options import FOLDER
from pipelines.worker_pool import harness
from schemas.errors import ConfigError

_REQUESTS = 16  # Answered at once.
_SECONDS_TO_END = 5.0

_log = logging.getLogger(__name__)


class PoolServicer(beam_fn_api_pb2_grpc.BeamFnExternalWorkerPoolServicer):
    """Beam's worker pool service."""

    def __init__(self) -> None:
        self._workers: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()

    def StartWorker(self, request: Any, context: Any) -> Any:  # noqa: N802 - Beam's name.
        """Start a worker, which connects to the runner."""
        del context
        folder = request.params.get(FOLDER) or None
        if folder and not os.path.isdir(folder):
            return beam_fn_api_pb2.StartWorkerResponse(
                error=f"{folder} is no folder here, expected the run folder, which the worker pool "
                "must see under the same path. Mount it."
            )
        try:
            worker = self._start(request.control_endpoint.url, request.worker_id, folder)
        except OSError as error:
            return beam_fn_api_pb2.StartWorkerResponse(error=f"no worker can be started: {error}")
        name = f"worker {request.worker_id} (process {worker.pid})"
        _log.info("%s started for %s", name, request.control_endpoint.url)
        threading.Thread(target=self._watch, args=(worker, name), daemon=True).start()
        return beam_fn_api_pb2.StartWorkerResponse()

    def StopWorker(self, request: Any, context: Any) -> Any:  # noqa: N802 - Beam's name.
        """Do nothing: a worker ends when its runner hangs up; another's may have the same name."""
        del request, context
        return beam_fn_api_pb2.StopWorkerResponse()

    def _start(self, control: str, worker_id: str, folder: str | None) -> subprocess.Popen[bytes]:
        worker = subprocess.Popen(
            # -P: modules of the current folder are not imported.
            [sys.executable, "-P", "-m", harness.__name__, control, worker_id],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, _import_path()))},
            stdin=subprocess.PIPE,  # At its end the worker knows that the pool has ended.
            stdout=sys.stderr,
        )
        with self._lock:
            self._workers.add(worker)
        return worker

    def _watch(self, worker: subprocess.Popen[bytes], name: str) -> None:
        status = worker.wait()
        with self._lock:
            self._workers.discard(worker)
        _log.info("%s ended with status %d", name, status)

    def end(self) -> None:
        """End every worker."""
        with self._lock:
            workers = list(self._workers)
        for worker in workers:
            worker.terminate()
        for worker in workers:
            try:
                worker.wait(_SECONDS_TO_END)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()


def _import_path() -> list[str]:
    """Where the pool itself imports from, without its current folder."""
    return sys.path if sys.flags.safe_path else sys.path[1:]


@contextmanager
def serve(address: str) -> Iterator[None]:
    """Serve at `host:port`; the workers end with it.

    Raises:
      ConfigError: the address cannot be bound.
    """
    servicer = PoolServicer()
    # Without SO_REUSEPORT, by which a second pool would share the port.
    server = grpc.server(ThreadPoolExecutor(_REQUESTS), options=[("grpc.so_reuseport", 0)])
    beam_fn_api_pb2_grpc.add_BeamFnExternalWorkerPoolServicer_to_server(servicer, server)
    try:
        bound = server.add_insecure_port(address)
    except RuntimeError:
        bound = 0
    if not bound:
        raise ConfigError(
            f"--address is {address!r}, which cannot be bound, expected a free port of this "
            "machine. Name another, or end the program that has it."
        )
    server.start()
    _log.info("worker pool at %s", address)
    try:
        yield
    finally:
        server.stop(None)
        servicer.end()
