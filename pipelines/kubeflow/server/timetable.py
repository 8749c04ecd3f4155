"""When a schedule starts runs: cron expressions and intervals in the server's terms.

The server reads cron expressions with the seconds first and the day of the week optional
(robfig/cron 1.2): it takes five fields, and misreads them.
"""

import datetime
import re
from typing import NamedTuple

from croniter import CroniterError, croniter

from schemas.errors import ConfigError

_FIELDS = ("minute", "hour", "day of the month", "month", "day of the week")
_NAMES = "JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC|SUN|MON|TUE|WED|THU|FRI|SAT"
_VALUE = rf"(?:[0-9]+|{_NAMES})"
_PART = rf"(?:\*|\?|{_VALUE}(?:-{_VALUE})?)(?:/[0-9]+)?"
_FIELD = re.compile(rf"{_PART}(?:,{_PART})*", re.IGNORECASE)
_INTERVAL = re.compile(r"([1-9][0-9]*)([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SHORTEST = 60  # Seconds; the server looks once in so many.
_SHOWN = 3  # Times.


class Timetable(NamedTuple):
    """Either a cron expression or an interval, from a time on."""

    cron: str | None  # Six fields, seconds first.
    seconds: int | None
    start: datetime.datetime | None = None

    def times(self, now: datetime.datetime) -> list[datetime.datetime]:
        """The next times, in UTC; of an interval without a start they count from now."""
        begin = max(self.start or now, now)
        if self.cron:
            found = croniter(self.cron, begin, second_at_beginning=True)
            return [found.get_next(datetime.datetime) for _ in range(_SHOWN)]
        step = datetime.timedelta(seconds=self.seconds or 0)
        first = begin + step if self.start is None else self.start
        while first <= now:
            first += step * max((now - first) // step, 1)
        return [first + number * step for number in range(_SHOWN)]


def read_timetable(cron: str | None, every: str | None, start: str | None) -> Timetable:
    """The timetable of the options. Raises ConfigError if they make none."""
    if (cron is None) == (every is None):
        raise ConfigError(
            'expected one of --cron and --every, such as --cron "0 6 * * 1-5" for 6:00 UTC from '
            "Monday to Friday, or --every 6h."
        )
    return Timetable(
        None if cron is None else _six_fields(cron),
        None if every is None else _read_interval(every),
        None if start is None else _read_time(start),
    )


def _six_fields(text: str) -> str:
    """The expression with seconds first; five fields get second 0."""
    fields = text.split()
    if len(fields) not in (5, 6):
        raise ConfigError(
            f"--cron is {text!r}, expected five fields ({', '.join(_FIELDS)}), or six with the "
            'second first, such as "0 6 * * 1-5".'
        )
    named = dict(zip(("second", *_FIELDS)[-len(fields) :], fields, strict=True))
    for name, field in named.items():
        if not _FIELD.fullmatch(field):
            raise ConfigError(
                f"--cron is {text!r}, of which {field!r} is no {name}, expected numbers, names, "
                "'*', '-', ',' and '/'."
            )
    if re.search(r"(?<![0-9/])7(?![0-9])", named["day of the week"]):
        raise ConfigError(
            f"--cron is {text!r}, of which 7 is no day of the week for Kubeflow, expected 0 to 6. "
            "Write 0 for Sunday."
        )
    six = " ".join(["0", *fields] if len(fields) == 5 else fields)
    try:
        croniter(six, second_at_beginning=True).get_next()
    except (CroniterError, ValueError) as error:
        raise ConfigError(
            f"--cron is {text!r}, which names no time ({' '.join(str(error).split())}). Check the "
            f"ranges of {', '.join(named)}."
        ) from error
    return six


def _read_interval(text: str) -> int:
    match = _INTERVAL.fullmatch(text)
    seconds = int(match[1]) * _SECONDS[match[2]] if match else 0
    if seconds < _SHORTEST:
        raise ConfigError(
            f"--every is {text!r}, expected a whole number of minutes (m), hours (h) or days (d), "
            "1m or more, such as 6h."
        )
    return seconds


def _read_time(text: str) -> datetime.datetime:
    try:
        time = datetime.datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(
            f"--start is {text!r}, expected a time such as 2026-12-01T06:00 (UTC, or with an "
            "offset)."
        ) from error
    return time.replace(tzinfo=time.tzinfo or datetime.UTC).astimezone(datetime.UTC)
