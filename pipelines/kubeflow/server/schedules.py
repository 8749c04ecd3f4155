"""Schedules, which Kubeflow calls recurring runs: made, listed, paused, resumed and deleted."""

import datetime
from typing import Any, NamedTuple

from pipelines.config.known_names import did_you_mean
from pipelines.kubeflow.server.connection import quietly
from pipelines.kubeflow.server.runs import Submitted, named
from pipelines.kubeflow.server.timetable import Timetable
from schemas.errors import ConfigError, DataError

_PAGE = 100
_AT_ONCE = 1  # Runs of one schedule: two would train the same and push one after the other.


class Schedule(NamedTuple):
    """One schedule of the server."""

    number: str
    name: str
    enabled: bool
    when: str


def schedule(client: Any, submitted: Submitted, name: str, timetable: Timetable) -> bool:
    """Make a schedule, in place of one of the same name; returns whether there was one.

    The old one is paused first and removed last: at no time do two start runs, and none is lost.
    """
    old = [each for each in _all(client, named(name)) if each.display_name == name]
    for each in old:
        client.disable_recurring_run(each.recurring_run_id)
    start = timetable.start and _rfc_3339(timetable.start)
    try:
        quietly(
            client.create_recurring_run,
            submitted.experiment,
            name,
            start_time=start,
            interval_second=timetable.seconds,
            cron_expression=timetable.cron,
            max_concurrency=_AT_ONCE,
            no_catchup=True,
            pipeline_id=submitted.pipeline,
            version_id=submitted.version,
        )
    except Exception:
        for each in old:
            if _is_enabled(each):
                client.enable_recurring_run(each.recurring_run_id)
        raise
    for each in old:
        _remove(client, each)
    return bool(old)


def _remove(client: Any, old: Any) -> None:
    try:
        client.delete_recurring_run(old.recurring_run_id)
    except DataError as error:
        raise DataError(
            f"the schedule {old.display_name!r} was made, but the one before it "
            f"({old.recurring_run_id}) could not be deleted; it is paused. {error}"
        ) from error


def schedules(client: Any) -> list[Schedule]:
    """All schedules, by name."""
    found = [
        Schedule(each.recurring_run_id, each.display_name, _is_enabled(each), _when(each))
        for each in _all(client)
    ]
    return sorted(found, key=lambda each: (each.name, each.number))


def pause(client: Any, name: str) -> None:
    """Start no more runs of a schedule. Raises ConfigError if there is none."""
    client.disable_recurring_run(_find(client, name))


def resume(client: Any, name: str) -> None:
    """Start runs of a schedule again. Raises ConfigError if there is none."""
    client.enable_recurring_run(_find(client, name))


def delete(client: Any, name: str) -> None:
    """Remove a schedule. Raises ConfigError if there is none."""
    client.delete_recurring_run(_find(client, name))


def _find(client: Any, name: str) -> str:
    found = schedules(client)
    ids = [each.number for each in found if each.name == name]
    if not ids:
        names = sorted({each.name for each in found})
        raise ConfigError(
            f"the server has no schedule {name!r}{did_you_mean(name, names)}, expected one of "
            f"{', '.join(names) or 'none: it has no schedule'}."
        )
    if len(ids) > 1:
        raise ConfigError(
            f"the server has {len(ids)} schedules {name!r}, expected one; delete all but one of "
            f"them on its page, or make it anew: ids {', '.join(ids)}."
        )
    return ids[0]


def _all(client: Any, only: str | None = None) -> list[Any]:
    found: list[Any] = []
    token = ""
    while True:
        page = client.list_recurring_runs(page_token=token, page_size=_PAGE, filter=only)
        found += page.recurring_runs or []
        token = page.next_page_token or ""
        if not token:
            return found


def _is_enabled(run: Any) -> bool:
    return str(run.status or run.mode or "").upper() in ("ENABLED", "ENABLE")


def _when(run: Any) -> str:
    trigger = run.trigger
    if trigger and trigger.cron_schedule:
        return f"cron {trigger.cron_schedule.cron}"
    if trigger and trigger.periodic_schedule:
        return f"every {trigger.periodic_schedule.interval_second} s"
    return ""


def _rfc_3339(time: datetime.datetime) -> str:
    return time.isoformat(timespec="seconds").replace("+00:00", "Z")
