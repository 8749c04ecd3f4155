"""A package as a version of its pipeline, a run of it, and its end."""

import datetime
import hashlib
from pathlib import Path
from typing import Any

import kfp_server_api as api
import pytest

from pipelines.kubeflow.server.connection import Access, connect
from pipelines.kubeflow.server.runs import Submitted, start, upload, wait
from schemas.errors import DataError
from tests.pipelines.kubeflow.server.recording_server import RecordingServer, plain

BEGAN = datetime.datetime(2026, 11, 28, 9, tzinfo=datetime.UTC)
TASKS = ("face-ingest", "trainer")


def task(name: str, state: str, seconds: float | None = None) -> Any:
    end = None if seconds is None else BEGAN + datetime.timedelta(seconds=seconds)
    return api.V2beta1PipelineTaskDetail(
        display_name=name, state=state, start_time=BEGAN, end_time=end
    )


def run(state: str, *tasks: Any) -> Any:
    return api.V2beta1Run(
        run_id="run-1", state=state, run_details=api.V2beta1RunDetails(task_details=list(tasks))
    )


def test_the_first_package_makes_the_pipeline(server: RecordingServer, package: Path) -> None:
    client = connect(Access(server.host))

    submitted = upload(client, package, "adience-age", "ages")

    assert submitted == Submitted("pipeline-1", "version-0", "experiment-1")
    [made] = server.sent("POST", "/pipelines/upload")
    assert made.query == {"name": "adience-age"}
    assert package.read_bytes() in made.body
    [version] = server.sent("POST", "/pipelines/upload_version")
    digest = hashlib.sha256(package.read_bytes()).hexdigest()
    assert version.query == {"name": digest[:16], "pipelineid": "pipeline-1"}
    [experiment] = server.sent("POST", "/experiments")
    assert experiment.body["display_name"] == "ages"


def test_an_unchanged_package_is_not_uploaded_again(server: RecordingServer, package: Path) -> None:
    client = connect(Access(server.host))
    first = upload(client, package, "adience-age", "ages")
    before = len(server.requests)

    again = upload(client, package, "adience-age", "ages")

    assert again == first
    assert {each.method for each in server.requests[before:]} == {"GET"}


def test_a_changed_package_is_a_version_of_the_same_pipeline(
    server: RecordingServer, package: Path
) -> None:
    client = connect(Access(server.host))
    first = upload(client, package, "adience-age", "ages")
    package.write_text(package.read_text() + "root: {}\n")

    second = upload(client, package, "adience-age", "ages")

    assert second.pipeline == first.pipeline
    assert second.version != first.version
    assert len(server.sent("POST", "/pipelines/upload")) == 1


def test_a_run_is_of_the_version_and_sets_no_caching(server: RecordingServer) -> None:
    client = connect(Access(server.host))

    assert start(client, Submitted("pipeline-1", "version-0", "experiment-1"), "ages") == "run-1"

    [request] = server.sent("POST", "/runs")
    name = request.body.pop("display_name")
    assert name.startswith("ages 20")
    expected = api.V2beta1Run(
        experiment_id="experiment-1",
        pipeline_version_reference=api.V2beta1PipelineVersionReference(
            pipeline_id="pipeline-1", pipeline_version_id="version-0"
        ),
        runtime_config=api.V2beta1RuntimeConfig(parameters={}),
    )
    assert request.body == plain(expected)


def test_a_run_is_followed_with_a_line_a_task(server: RecordingServer) -> None:
    client = connect(Access(server.host))
    driver = task("face-ingest-driver", "SUCCEEDED", 1)
    server.run_states = [
        run("PENDING"),
        run("RUNNING", driver, task("face-ingest", "SUCCEEDED", 32), task("trainer", "RUNNING")),
        run("SUCCEEDED", driver, task("face-ingest", "SUCCEEDED", 32), task("trainer", "SKIPPED")),
    ]
    lines: list[str] = []

    wait(client, "run-1", TASKS, lines.append, poll=0.0)

    assert [" ".join(line.split()) for line in lines] == [
        "face-ingest succeeded 32 s",
        "trainer skipped",
    ]


@pytest.mark.parametrize("state", ["FAILED", "CANCELED", "SKIPPED", "ERROR"])
def test_a_run_that_does_not_succeed_is_an_error(server: RecordingServer, state: str) -> None:
    client = connect(Access(server.host))
    server.run_states = [run(state, task("trainer", "FAILED", 3), task("executor", "FAILED", 3))]

    with pytest.raises(DataError, match=f"ended as {state.lower()} in trainer, expected succeeded"):
        wait(client, "run-1", TASKS, lambda _: None, poll=0.0)
