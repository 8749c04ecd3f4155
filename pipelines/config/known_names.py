"""Names that must stand in a table, and the suggestion where one is misspelt."""

import difflib
from collections.abc import Iterable

from schemas.errors import ConfigError


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """` (did you mean 'x'?)`, or nothing if no known name is similar."""
    matches = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f" (did you mean {matches[0]!r}?)" if matches else ""


def check_known(key: str, name: str, known: Iterable[str]) -> None:
    """Raise ConfigError, with the nearest known name, if `name` is not in `known`."""
    names = sorted(known)
    if name not in names:
        raise ConfigError(
            f"{key} is {name!r}{did_you_mean(name, names)}. Known: {', '.join(names)}."
        )
