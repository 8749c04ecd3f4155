"""One run: the package as a version of its pipeline, the run, and what becomes of it."""

import datetime
import hashlib
import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

from pipelines.kubeflow.server.connection import quietly
from schemas.errors import DataError

POLL_SECONDS = 5.0
_ENDED = ("SUCCEEDED", "FAILED", "CANCELED", "SKIPPED", "ERROR")
_SUCCEEDED = "SUCCEEDED"
Say = Callable[[str], None]


class Submitted(NamedTuple):
    """What the server made of a package."""

    pipeline: str
    version: str
    experiment: str


def upload(client: Any, package: Path, name: str, experiment: str) -> Submitted:
    """Upload a package as a version of the pipeline `name`, unless the same is there already."""
    version = hashlib.sha256(package.read_bytes()).hexdigest()[:16]
    pipeline = client.get_pipeline_id(name)
    if pipeline is None:
        made = quietly(client.upload_pipeline, str(package), pipeline_name=name)
        pipeline = made.pipeline_id
    found = client.list_pipeline_versions(pipeline, filter=named(version)).pipeline_versions
    if found:
        version_id = found[0].pipeline_version_id
    else:
        uploaded = quietly(
            client.upload_pipeline_version, str(package), version, pipeline_id=pipeline
        )
        version_id = uploaded.pipeline_version_id
    made = quietly(client.create_experiment, experiment)
    return Submitted(pipeline, version_id, made.experiment_id)


def named(name: str) -> str:
    """The server's filter for objects of a display name."""
    predicate = {"operation": "EQUALS", "key": "display_name", "stringValue": name}
    return json.dumps({"predicates": [predicate]})


def start(client: Any, submitted: Submitted, name: str) -> str:
    """Start a run; returns its id."""
    now = datetime.datetime.now(datetime.UTC)
    run = quietly(
        client.run_pipeline,
        submitted.experiment,
        f"{name} {now:%Y-%m-%d %H:%M:%S}",
        pipeline_id=submitted.pipeline,
        version_id=submitted.version,
    )
    return str(run.run_id)


def wait(client: Any, run: str, tasks: Iterable[str], say: Say, poll: float = POLL_SECONDS) -> None:
    """Wait for the end of a run, with a line per task that ended.

    Args:
      client: of `connect`.
      run: its id.
      tasks: names of the package's tasks; the server's own are left out.
      say: prints a line.
      poll: seconds between two looks.

    Raises:
      DataError: it did not succeed.
    """
    wanted = set(tasks)
    ended: set[str] = set()
    while True:
        found = client.get_run(run)
        details = (found.run_details and found.run_details.task_details) or []
        for task in details:
            if task.display_name in wanted - ended and task.state in _ENDED:
                ended.add(task.display_name)
                say(f"{task.display_name:<24} {str(task.state).lower():<10}{_seconds(task)}")
        if found.state in _ENDED:
            break
        time.sleep(poll)
    if found.state != _SUCCEEDED:
        failed = [task.display_name for task in details if task.state == "FAILED"]
        of_ours = sorted({name for name in failed if name in wanted})
        where = f" in {', '.join(of_ours)}" if of_ours else ""
        raise DataError(
            f"the run {run} ended as {str(found.state).lower()}{where}, expected succeeded. Its "
            "logs are on Kubeflow's page of the run."
        )


def _seconds(task: Any) -> str:
    if not task.start_time or not task.end_time:
        return ""
    return f"{(task.end_time - task.start_time).total_seconds():6.0f} s"
