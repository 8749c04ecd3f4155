"""`facefold kubeflow submit`, `schedule` and so on, against a recording server."""

import json
import re
from pathlib import Path

import kfp_server_api as api
import pytest

from pipelines.cli import main
from pipelines.kubeflow.kept import Outcome, note_outcome
from tests.pipelines.kubeflow.server.recording_server import RecordingServer

pytestmark = pytest.mark.tf

RUN = api.V2beta1Run(run_id="run-1", state="SUCCEEDED")


def settings(store: Path) -> list[str]:
    """A store on a volume that is mounted here under the same path."""
    return [f"kubeflow.volumes={{a: {store.parent}}}", f"kubeflow.store={store}"]


@pytest.mark.parametrize(
    ("outcome", "status", "last"),
    [
        (Outcome("released", "/data/models/1", "", "0"), 0, "/data/models/1"),
        (Outcome("released", None, "no approval yet", "0"), 3, "nothing pushed: no approval yet"),
        (Outcome("refused", None, "not released", "0"), 3, "nothing pushed: not released"),
        (None, 0, "verdict unknown: kubeflow.store is not mounted here"),
    ],
)
def test_submit_follows_a_run_and_ends_with_its_verdict(
    server: RecordingServer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    outcome: Outcome | None,
    status: int,
    last: str,
) -> None:
    store = tmp_path / "store"
    if outcome:
        note_outcome(store, "run-1", outcome)
    server.run_states = [RUN]

    words = ["kubeflow", "submit", "kubeflow", *settings(store), "--host", server.host, "--wait"]
    assert main(words) == status

    first, *_, end = capsys.readouterr().out.splitlines()
    assert first == f"run run-1 of adience-age: {server.host}/#/runs/details/run-1"
    assert end.startswith(last)
    assert server.experiments == {"adience-age": "experiment-1"}


def test_a_failed_run_is_exit_status_1(
    server: RecordingServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.run_states = [api.V2beta1Run(run_id="run-1", state="FAILED")]

    assert main(["kubeflow", "submit", "kubeflow", "--host", server.host, "--wait"]) == 1

    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("facefold: the run run-1 ended as failed, expected succeeded.")


def test_a_schedule_is_made_and_its_times_are_shown(
    server: RecordingServer, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["kubeflow", "schedule", "kubeflow", "--cron", "0 6 * * 1-5", "--host", server.host]

    assert main(words) == 0
    assert main(words) == 0

    lines = capsys.readouterr().out.splitlines()
    assert [lines[0], lines[4]] == [
        "schedule adience-age made; the next times:",
        "schedule adience-age updated; the next times:",
    ]
    assert all(re.fullmatch(r"  \d{4}-\d\d-\d\d 06:00:00 UTC", line) for line in lines[1:4])
    assert [each.display_name for each in server.schedules] == ["adience-age"]


def test_a_dry_run_prints_the_requests_and_sends_none(
    server: RecordingServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["kubeflow", "submit", "kubeflow", "--host", server.host, "--dry-run"]) == 0

    shown = capsys.readouterr().out
    assert server.requests == []
    requests = re.findall(r"^(?:GET|POST) \S+", shown, re.MULTILINE)
    assert [each.partition("?")[0] for each in requests if each.startswith("POST")] == [
        "POST /apis/v2beta1/pipelines/upload",
        "POST /apis/v2beta1/pipelines/upload_version",
        "POST /apis/v2beta1/experiments",
        "POST /apis/v2beta1/runs",
    ]
    body = json.loads(shown[shown.rindex("POST /apis/v2beta1/runs") :].partition("\n")[2])
    assert body["experiment_id"] == "EXPERIMENT_ID"
    assert body["pipeline_version_reference"] == {
        "pipeline_id": "PIPELINE_ID",
        "pipeline_version_id": "VERSION_ID",
    }


def test_a_data_root_gives_the_fingerprint_that_lets_kubeflow_reuse(
    server: RecordingServer, drawn_demo: Path
) -> None:
    config = str(drawn_demo / "demo.yaml")
    words = [
        "kubeflow", "submit", config, "data.labels=/folds/fold_*_data.txt", "data.images=/faces",
        "push.directory=/models", "--data-root", str(drawn_demo), "--host", server.host,
    ]  # fmt: skip

    assert main(words) == 0

    [upload] = server.sent("POST", "/pipelines/upload_version")
    text = upload.body.decode()
    ingest = text[text.index("      face-ingest:\n") :]
    assert re.search(r"cachingOptions:\n\s+enableCache: true", ingest[:400])
    assert re.search(r"fingerprint:\n\s+runtimeValue:\n\s+constant: [0-9a-f]{32}\n", ingest)


def test_schedules_are_listed_paused_resumed_and_deleted(
    server: RecordingServer, capsys: pytest.CaptureFixture[str]
) -> None:
    at = ("--host", server.host)
    trigger = api.V2beta1Trigger(cron_schedule=api.V2beta1CronSchedule(cron="0 0 3 * * *"))
    server.schedules = [
        api.V2beta1RecurringRun(
            recurring_run_id="a", display_name="nightly", status="ENABLED", trigger=trigger
        )
    ]

    for words in (["schedules"], ["pause", "nightly"], ["schedules"], ["resume", "nightly"]):
        assert main(["kubeflow", *words, *at]) == 0
    assert main(["kubeflow", "delete", "nightly", *at]) == 0
    assert main(["kubeflow", "schedules", *at]) == 0

    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        "nightly on cron 0 0 3 * * *",
        "schedule nightly paused",
        "nightly paused cron 0 0 3 * * *",
        "schedule nightly resumed",
        "schedule nightly deleted",
        "the server has no schedule",
    ]


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["submit", "kubeflow"], "no Kubeflow server is named"),
        (["schedule", "kubeflow", "--every", "6h"], "no Kubeflow server is named"),
        (["schedules"], "no Kubeflow server is named"),
        (["pause", "a", "--host", "x:y"], "expected an address"),
        (["delete", "a", "--host", "http://a", "--token", "t"], "travel unencrypted"),
        (["schedule", "kubeflow", "--host", "http://a"], "expected one of --cron and --every"),
        (["schedule", "kubeflow", "--cron", "x", "--host", "http://a"], "expected five fields"),
        (["submit", "kubeflow", "name=A", "--host", "http://a"], "such as name=a"),
        (["submit", "kubeflow", "--host", "http://a", "--data-root", "/no"], "--data-root is"),
    ],
)
def test_a_wrong_option_is_one_line_before_anything_is_compiled(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["kubeflow", *words]) == 2

    [line] = capsys.readouterr().err.splitlines()
    assert message in line
