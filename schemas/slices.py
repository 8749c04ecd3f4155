"""Slices: the columns by which faces are grouped for evaluation."""

from collections.abc import Sequence

from schemas.config import Slice
from schemas.errors import ConfigError

COLUMNS = ("fold", "gender", "age", "race")  # Features of a stored face.


def slice_columns(slices: Sequence[Slice]) -> tuple[tuple[str, ...], ...]:
    """The columns of each slice of the config.

    Raises:
      ConfigError: a slice names another column (`subject` and `photographer` are people, and too
        small to judge), a column twice, or comes twice.
    """
    result = tuple((part,) if isinstance(part, str) else tuple(part) for part in slices)
    for columns in result:
        if not columns or not set(columns) <= set(COLUMNS) or len(set(columns)) < len(columns):
            raise ConfigError(
                f"evaluate.slices has {' x '.join(columns) or 'an empty slice'}, expected one or "
                f"more different columns of {', '.join(COLUMNS)}. Single people "
                "(subject, photographer) are never a group."
            )
        if sum(set(columns) == set(other) for other in result) > 1:
            raise ConfigError(
                f"evaluate.slices has {' x '.join(columns)} twice, expected once. Remove one."
            )
    return result
