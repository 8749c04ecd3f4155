"""Years of the items of a user's table, and the checks that they are complete and apart."""

import re
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from schemas.errors import ConfigError
from schemas.labels.policies import MAX_AGE

_YEARS = re.compile(r"([0-9]{1,3})-([0-9]{1,3})")


class Span(NamedTuple):
    """Years of one item of a file, both bounds inclusive."""

    low: int
    high: int
    place: str  # Such as `classes.0`.

    def __str__(self) -> str:
        years = f"{self.low}+" if self.high > MAX_AGE else f"{self.low}-{self.high}"
        return f"{self.place} ({years})"


def read_span(path: Path, place: str, item: str | int) -> Span:
    """The years of `8-12`, or of one year."""
    match = _YEARS.fullmatch(f"{item}-{item}" if isinstance(item, int) else item)
    if match is None or int(match[1]) > int(match[2]):
        raise ConfigError(
            f"{path}: {place} is {item!r}, expected years such as 8-12, the lower first."
        )
    return Span(int(match[1]), int(match[2]), place)


def check_overlap(path: Path, spans: list[Span]) -> None:
    """Raise ConfigError if two items hold the same year."""
    for span, following in pairwise(sorted(spans)):
        if following.low <= span.high:
            raise ConfigError(
                f"{path}: an overlap: {span} and {following} both hold {following.low}; "
                "give each year to one."
            )


def check_gap(path: Path, spans: list[Span]) -> None:
    """Raise ConfigError if no item holds a year between the first item and the last."""
    for span, following in pairwise(sorted(spans)):
        if following.low > span.high + 1:
            gap = f"{span.high + 1}-{following.low - 1}"
            raise ConfigError(
                f"{path}: a gap: the years {gap} between {span} and {following} are in no class; "
                f"widen one, or add `between: [{gap}]`."
            )
