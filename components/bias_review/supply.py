"""What the training had of each group of people, and what the labels' policy rejected of it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from components.bias_review.groups import DEMOGRAPHIC
from schemas.labels.classes import UNKNOWN

COLUMNS = ("gender", "age", "race", "subject", "fold")  # Of the accepted rows.

Key = tuple[tuple[str, ...], tuple[str, ...]]  # Columns and values of a group.


class Supply(NamedTuple):
    """Of one group of people."""

    images: int  # Accepted, in the training folds.
    subjects: int
    rejected: float | None  # Share of all its label rows; None: of several columns, not counted.


def count(
    accepted: pa.Table,
    training: Sequence[str],
    slices: Sequence[tuple[str, ...]],
    report: Mapping[str, Any],
) -> dict[Key, Supply]:
    """The supply of every group of people with an accepted row in training.

    Args:
      accepted: rows that the labels' policy accepted, with COLUMNS; a missing label is null.
      training: folds that the model was trained on.
      slices: columns of each slice; those that are not of people alone are passed over.
      report: `groups` of the label report: {column: {class: {"share": rejected}}}.
    """
    kept = accepted.filter(pc.is_in(accepted["fold"], value_set=pa.array(training, pa.string())))
    of_people = [columns for columns in slices if DEMOGRAPHIC.issuperset(columns)]
    return {
        key: Supply(images, subjects, _rejected(key, report))
        for columns in of_people
        for key, images, subjects in _groups(kept, columns)
    }


def _groups(rows: pa.Table, columns: tuple[str, ...]) -> Iterator[tuple[Key, int, int]]:
    counted = rows.group_by(list(columns)).aggregate(
        [("fold", "count"), ("subject", "count_distinct")]
    )
    for row in counted.to_pylist():
        values = tuple(row[column] or UNKNOWN for column in columns)
        yield (columns, values), row["fold_count"], row["subject_count_distinct"]


def _rejected(key: Key, report: Mapping[str, Any]) -> float | None:
    columns, values = key
    if len(columns) > 1:
        return None
    share = report.get(columns[0], {}).get(values[0])
    return None if share is None else float(share["share"])
