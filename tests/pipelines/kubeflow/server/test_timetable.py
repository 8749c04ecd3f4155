"""Cron expressions and intervals in the server's terms."""

import datetime

import pytest

from pipelines.kubeflow.server.timetable import Timetable, read_timetable
from schemas.errors import ConfigError

NOW = datetime.datetime(2026, 11, 28, 9, 5, 30, tzinfo=datetime.UTC)  # A Saturday.


def shown(timetable: Timetable) -> list[str]:
    return [f"{time:%a %Y-%m-%d %H:%M:%S}" for time in timetable.times(NOW)]


@pytest.mark.parametrize(
    ("cron", "six"),
    [
        ("0 6 * * 1-5", "0 0 6 * * 1-5"),
        ("*/15 * * * *", "0 */15 * * * *"),
        ("30 0 6 * * MON", "30 0 6 * * MON"),
        (" 0  6 1,15 * ? ", "0 0 6 1,15 * ?"),
        ("0 6 7 7 *", "0 0 6 7 7 *"),  # 7 is a day of the month and a month.
    ],
)
def test_the_seconds_stand_first(cron: str, six: str) -> None:
    assert read_timetable(cron, None, None) == Timetable(six, None)


@pytest.mark.parametrize(
    ("cron", "times"),
    [
        (
            "0 6 * * 1-5",
            ["Mon 2026-11-30 06:00:00", "Tue 2026-12-01 06:00:00", "Wed 2026-12-02 06:00:00"],
        ),
        (
            "15 30 9 * * *",
            ["Sat 2026-11-28 09:30:15", "Sun 2026-11-29 09:30:15", "Mon 2026-11-30 09:30:15"],
        ),
        (
            "0 0 1 * 0",  # The first of a month, or a Sunday.
            ["Sun 2026-11-29 00:00:00", "Tue 2026-12-01 00:00:00", "Sun 2026-12-06 00:00:00"],
        ),
    ],
)
def test_the_next_times_of_an_expression(cron: str, times: list[str]) -> None:
    assert shown(read_timetable(cron, None, None)) == times


@pytest.mark.parametrize(
    ("every", "seconds"), [("6h", 21_600), ("1d", 86_400), ("90m", 5_400), ("60s", 60)]
)
def test_an_interval_is_in_seconds(every: str, seconds: int) -> None:
    assert read_timetable(None, every, None) == Timetable(None, seconds)


def test_the_next_times_of_an_interval_count_from_now_or_from_its_start() -> None:
    assert shown(read_timetable(None, "6h", None))[0] == "Sat 2026-11-28 15:05:30"
    assert shown(read_timetable(None, "6h", "2026-11-01T06:00"))[:2] == [
        "Sat 2026-11-28 12:00:00",
        "Sat 2026-11-28 18:00:00",
    ]
    assert shown(read_timetable(None, "1d", "2026-12-01T06:00+01:00"))[0] == (
        "Tue 2026-12-01 05:00:00"
    )


def test_an_expression_has_no_time_before_its_start() -> None:
    assert shown(read_timetable("0 6 * * *", None, "2026-12-24"))[0] == "Thu 2026-12-24 06:00:00"


@pytest.mark.parametrize(
    ("cron", "message"),
    [
        ("0 6 * *", "expected five fields"),
        ("0 0 0 6 * * 1", "expected five fields"),
        ("@daily", "expected five fields"),
        ("60 6 * * *", "which names no time"),
        ("0 6 31 2 *", "which names no time"),
        ("0 6 * * 7", "7 is no day of the week for Kubeflow.* 0 for Sunday"),
        ("0 6 * * 1-7", "7 is no day of the week"),
        ("0 6 L * *", "'L' is no day of the month"),
        ("0 6 * * 1#2", "'1#2' is no day of the week"),
        ("x 6 * * *", "'x' is no minute"),
    ],
)
def test_another_expression_is_refused(cron: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read_timetable(cron, None, None)


@pytest.mark.parametrize("every", ["6", "0h", "30s", "1.5h", "-1h", "1w", ""])
def test_another_interval_is_refused(every: str) -> None:
    with pytest.raises(ConfigError, match="expected a whole number of minutes"):
        read_timetable(None, every, None)


@pytest.mark.parametrize(("cron", "every"), [(None, None), ("0 6 * * *", "6h")])
def test_there_is_one_of_both(cron: str | None, every: str | None) -> None:
    with pytest.raises(ConfigError, match="expected one of --cron and --every"):
        read_timetable(cron, every, None)


def test_a_start_is_a_time() -> None:
    with pytest.raises(ConfigError, match="--start is 'tomorrow', expected a time such as"):
        read_timetable(None, "6h", "tomorrow")
