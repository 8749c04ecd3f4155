"""Beam's portable runners, whose jobs do not outlive the step that waits for them.

Beam leaves a job running where its step is interrupted, and waits for ever for one that stands.
"""

import logging
import os
import re
import time
import uuid
from collections.abc import Callable, Sequence
from threading import Thread
from typing import Any

from apache_beam.options.pipeline_options import FlinkRunnerOptions, GoogleCloudOptions
from apache_beam.runners import runner
from apache_beam.runners.portability import flink_runner, portable_runner

from pipelines.beam.flink_jobs import FlinkJob
from schemas.config.blocks import BEAM_TIMEOUT
from schemas.errors import DataError

POLL_SECONDS = 2.0
_SECONDS_TO_CANCEL = 20.0
_SECONDS_TO_BEGIN = 10.0  # Of a job whose submission was interrupted.
_AUTO = -1  # Parallelism, of the cluster's slots.
# An error that a worker raised, as the last line of its traceback.
_OURS = re.compile(
    r"schemas\.errors\.\w+: (?P<message>.*?)(?: \[while running '[^']*(?:'[^']*'[^']*)*'\])?$"
)

_log = logging.getLogger(__name__)


class WatchedRunner(portable_runner.PortableRunner):
    """A job service at `job_endpoint`."""

    def run_portable_pipeline(self, pipeline: Any, options: Any) -> "WatchedResult":
        """Start the job under a name of its own."""
        name = f"facefold-{uuid.uuid4().hex[:12]}"
        options.view_as(GoogleCloudOptions).job_name = name
        flink = options.view_as(FlinkRunnerOptions)
        if flink.flink_master in flink_runner.MAGIC_HOST_NAMES:
            return WatchedResult(super().run_portable_pipeline(pipeline, options), None, self.stop)
        job = FlinkJob(flink.flink_master, name)
        if flink.parallelism == _AUTO:  # For which a job server takes 1.
            flink.parallelism = job.slots() or _AUTO
        try:
            result = super().run_portable_pipeline(pipeline, options)
        except BaseException:
            _in_time([lambda: job.cancel(_SECONDS_TO_BEGIN)])
            self.stop()
            raise
        return WatchedResult(result, job, self.stop)

    def stop(self) -> None:
        """Do nothing: the job service is another's."""


class WatchedFlinkRunner(WatchedRunner, flink_runner.FlinkRunner):
    """Flink: a running job server at `job_endpoint`, or one that the jar starts for this job."""

    def __init__(self) -> None:
        super().__init__()
        self._server: Any = None

    def default_job_server(self, options: Any) -> Any:
        """Keep the job server, a Java process."""
        self._server = super().default_job_server(options)
        return self._server

    def stop(self) -> None:
        """End the job server with its job; Beam would keep it until the program ends."""
        if self._server is not None:
            _ignore_errors(self._server.stop)


class WatchedResult(runner.PipelineResult):
    """A job that is cancelled if waiting for it ends otherwise than with the job."""

    def __init__(
        self, result: runner.PipelineResult, job: FlinkJob | None, stop: Callable[[], None]
    ) -> None:
        """`stop` is called when the job has ended."""
        super().__init__(None)
        self._result = result
        self._job = job
        self._stop = stop

    @property
    def state(self) -> str:
        """The job's state."""
        return str(self._result.state)

    def metrics(self) -> Any:
        """The job's metrics."""
        return self._result.metrics()

    def cancel(self) -> None:
        """Cancel the job at the job service, and at Flink: Ctrl-C ends a job server, too."""
        job = self._job
        _in_time([self._result.cancel, *([lambda: job.cancel(_SECONDS_TO_BEGIN)] if job else [])])

    def wait_until_finish(self, duration: int | None = None) -> Any:
        """Wait for the job.

        Raises:
          RuntimeError: the job failed, or made no progress for BEAM_TIMEOUT minutes.
        """
        del duration
        outcome: dict[str, Any] = {}
        waiting = Thread(target=_wait, args=(self._result, outcome), daemon=True)
        waiting.start()
        try:
            self._watch(waiting)
        except BaseException:
            self.cancel()
            raise
        finally:
            self._stop()
        if error := outcome.get("error"):
            if self._job:  # It may run on where its job server has ended.
                _in_time([self._job.cancel])
            _log.error("the Beam job failed", exc_info=error)
            raise _in_words(error) from None
        return outcome["state"]

    def _watch(self, waiting: Thread) -> None:
        """Return when the thread has ended. Raises RuntimeError after BEAM_TIMEOUT minutes."""
        minutes = float(os.environ.get(BEAM_TIMEOUT, "inf"))
        last, since = None, time.monotonic()
        while True:
            waiting.join(POLL_SECONDS)
            if not waiting.is_alive():
                return
            if self._job is None:
                continue
            if (progress := self._job.progress()) != last:
                last, since = progress, time.monotonic()
            elif time.monotonic() - since > minutes * 60:
                raise RuntimeError(
                    f"the Flink job {self._job.name} made no progress for {minutes:g} minutes, "
                    f"expected some at {self._job.master}: {self._job.describe()}. It is "
                    "cancelled. Look there for free slots and reachable worker pools, or set "
                    "beam.timeout, then run the same command again."
                )


def _in_words(error: Exception) -> Exception:
    """The error of a job's worker or service, of which only a traceback in text comes back."""
    unindented = [line for line in str(error).splitlines() if line.strip() and line[0] not in " \t"]
    last = unindented[-1].removeprefix("Caused by: ") if unindented else type(error).__name__
    if match := _OURS.search(last):
        return DataError(match["message"])
    return RuntimeError(
        f"the Beam job failed: {last.rstrip('.')}. No result of it is used. A worker may have been "
        "ended, as without memory: see the logs of the worker pool and the cluster, then run the "
        "same command again."
    )


def _wait(result: runner.PipelineResult, outcome: dict[str, Any]) -> None:
    try:
        outcome["state"] = result.wait_until_finish()
    except Exception as error:  # noqa: BLE001 - raised again by the thread that waits.
        outcome["error"] = error


def _in_time(calls: Sequence[Callable[[], Any]]) -> None:
    """Call each in a thread, and wait a limited time."""
    threads = [Thread(target=_ignore_errors, args=(call,), daemon=True) for call in calls]
    for thread in threads:
        thread.start()
    limit = time.monotonic() + _SECONDS_TO_CANCEL
    for thread in threads:
        thread.join(max(limit - time.monotonic(), 0))


def _ignore_errors(call: Callable[[], Any]) -> None:
    try:
        call()
    except Exception:  # noqa: BLE001 - the job may have ended, or its server.
        return
