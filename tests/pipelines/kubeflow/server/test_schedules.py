"""Schedules: one of a name, at no time two that start runs."""

import datetime
from typing import Any

import kfp_server_api as api
import pytest

from pipelines.kubeflow.server import schedules
from pipelines.kubeflow.server.connection import Access, connect
from pipelines.kubeflow.server.runs import Submitted
from pipelines.kubeflow.server.schedules import Schedule
from pipelines.kubeflow.server.timetable import Timetable
from pipelines.kubeflow.server.transport import ServerError
from schemas.errors import ConfigError, DataError
from tests.pipelines.kubeflow.server.recording_server import RecordingServer, plain

SUBMITTED = Submitted("pipeline-1", "version-0", "experiment-1")
NIGHTLY = Timetable("0 0 3 * * *", None)
RUNS = "/recurringruns"


def existing(name: str, number: str, status: str = "ENABLED", **given: Any) -> Any:
    return api.V2beta1RecurringRun(
        recurring_run_id=number, display_name=name, status=status, **given
    )


@pytest.mark.parametrize(
    ("timetable", "trigger"),
    [
        (
            NIGHTLY,
            api.V2beta1Trigger(cron_schedule=api.V2beta1CronSchedule(cron="0 0 3 * * *")),
        ),
        (
            Timetable(None, 21_600, datetime.datetime(2026, 12, 1, 6, tzinfo=datetime.UTC)),
            api.V2beta1Trigger(
                periodic_schedule=api.V2beta1PeriodicSchedule(
                    start_time="2026-12-01T06:00:00Z", interval_second=21_600
                )
            ),
        ),
    ],
)
def test_a_schedule_starts_one_run_at_a_time_and_makes_up_for_none(
    server: RecordingServer, timetable: Timetable, trigger: Any
) -> None:
    client = connect(Access(server.host))

    assert not schedules.schedule(client, SUBMITTED, "nightly", timetable)

    [request] = server.sent("POST", RUNS)
    expected = api.V2beta1RecurringRun(
        experiment_id="experiment-1",
        mode=api.RecurringRunMode.ENABLE,
        pipeline_version_reference=api.V2beta1PipelineVersionReference(
            pipeline_id="pipeline-1", pipeline_version_id="version-0"
        ),
        runtime_config=api.V2beta1RuntimeConfig(parameters={}),
        display_name="nightly",
        no_catchup=True,
        trigger=trigger,
        max_concurrency=1,
    )
    assert request.body == plain(expected)


def test_the_same_name_again_replaces_and_never_doubles(server: RecordingServer) -> None:
    client = connect(Access(server.host))
    server.schedules = [existing("nightly", "a"), existing("other", "b")]

    assert schedules.schedule(client, SUBMITTED, "nightly", NIGHTLY)

    changes = [(each.method, each.path) for each in server.requests if each.method != "GET"]
    assert changes == [
        ("POST", f"{RUNS}/a:disable"),
        ("POST", RUNS),
        ("DELETE", f"{RUNS}/a"),
    ]
    assert sorted(each.display_name for each in server.schedules) == ["nightly", "other"]


def test_a_schedule_that_cannot_be_made_leaves_the_old_one_as_it_was(
    server: RecordingServer,
) -> None:
    client = connect(Access(server.host))
    server.schedules = [existing("nightly", "a"), existing("nightly", "b", "DISABLED")]
    server.failures["POST", RUNS] = (500, "{}")

    with pytest.raises(ServerError, match="answers 500"):
        schedules.schedule(client, SUBMITTED, "nightly", NIGHTLY)

    assert [(each.recurring_run_id, each.status) for each in server.schedules] == [
        ("a", "ENABLED"),
        ("b", "DISABLED"),
    ]


def test_an_old_one_that_cannot_be_deleted_is_named_and_paused(server: RecordingServer) -> None:
    client = connect(Access(server.host))
    server.schedules = [existing("nightly", "a")]
    server.failures["DELETE", f"{RUNS}/a"] = (403, "{}")

    with pytest.raises(DataError, match=r"was made, but the one before it \(a\).*paused"):
        schedules.schedule(client, SUBMITTED, "nightly", NIGHTLY)

    assert server.schedules[0].status == "DISABLED"


def test_schedules_are_listed_by_name(server: RecordingServer) -> None:
    client = connect(Access(server.host))
    cron = api.V2beta1Trigger(cron_schedule=api.V2beta1CronSchedule(cron="0 0 3 * * *"))
    periodic = api.V2beta1PeriodicSchedule(interval_second=60)
    server.schedules = [
        existing("z", "1", trigger=cron),
        existing("a", "2", "DISABLED", trigger=api.V2beta1Trigger(periodic_schedule=periodic)),
    ]

    assert schedules.schedules(client) == [
        Schedule("2", "a", enabled=False, when="every 60 s"),
        Schedule("1", "z", enabled=True, when="cron 0 0 3 * * *"),
    ]


def test_a_schedule_is_paused_resumed_and_deleted_by_name(server: RecordingServer) -> None:
    client = connect(Access(server.host))
    server.schedules = [existing("nightly", "a")]

    schedules.pause(client, "nightly")
    paused = server.schedules[0].status
    schedules.resume(client, "nightly")
    resumed = server.schedules[0].status
    schedules.delete(client, "nightly")

    assert (paused, resumed, server.schedules) == ("DISABLED", "ENABLED", [])


def test_another_name_is_refused_with_the_nearest(server: RecordingServer) -> None:
    client = connect(Access(server.host))

    with pytest.raises(ConfigError, match="no schedule 'nightly', expected one of none"):
        schedules.pause(client, "nightly")
    server.schedules = [existing("nightly", "a")]
    with pytest.raises(ConfigError, match="did you mean 'nightly'"):
        schedules.delete(client, "nigthly")
    server.schedules.append(existing("nightly", "b"))
    with pytest.raises(ConfigError, match=r"has 2 schedules 'nightly'.*ids a, b"):
        schedules.resume(client, "nightly")
