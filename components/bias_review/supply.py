"""What the training had of each group of people, and what was rejected of it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from components.bias_review.groups import DEMOGRAPHIC
from schemas.labels.classes import UNKNOWN
from schemas.slices import PEOPLE, joined

COLUMNS = ("key", *PEOPLE, "subject", "fold")  # Of the rows that the label policy accepted.

Key = tuple[tuple[str, ...], tuple[str, ...]]  # Columns and values of a group.


class Supply(NamedTuple):
    """Of one group of people."""

    images: int  # Stored, in the training folds.
    subjects: int
    # Share of all its label rows; None: not counted, as of people whose labels are not all known.
    rejected: float | None


class LabelRows(NamedTuple):
    """The rows of a run by what became of them."""

    stored: pa.Table  # COLUMNS; a missing label is null.
    unusable: pa.Table  # The same of accepted rows whose images were rejected.
    # `groups` of the label report: {columns: {group: {"rows": all, "rejected": by the labels}}}.
    report: Mapping[str, Mapping[str, Mapping[str, Any]]]


def split(accepted: pa.Table, rejects: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Accepted rows as (stored, unusable); `rejects` has the keys of the rejected images."""
    unusable = pc.is_in(accepted["key"], value_set=rejects["key"].combine_chunks())
    return accepted.filter(pc.invert(unusable)), accepted.filter(unusable)


def count(
    rows: LabelRows, training: Sequence[str], slices: Sequence[tuple[str, ...]]
) -> dict[Key, Supply]:
    """The supply of every group of people with a row.

    Args:
      rows: those of the run.
      training: folds that the model was trained on.
      slices: columns of each slice; those that are not of people alone are passed over.
    """
    in_training = pc.is_in(rows.stored["fold"], value_set=pa.array(training, pa.string()))
    trained = rows.stored.filter(in_training)
    found = {}
    for columns in slices:
        if DEMOGRAPHIC.issuperset(columns):
            groups = {key: (images, people) for key, images, people in _groups(trained, columns)}
            rejected = _rejected(rows, columns)
            for key in groups.keys() | rejected.keys():
                found[key] = Supply(*groups.get(key, (0, 0)), rejected.get(key))
    return found


def classes_by_fold(stored: pa.Table, label: str, names: Sequence[str]) -> dict[str, Any]:
    """{class: {fold: stored faces}} of a label, every class of `names` included."""
    counted = Counter(zip(stored[label].to_pylist(), stored["fold"].to_pylist(), strict=True))
    return {
        name: {fold: count for (one, fold), count in counted.items() if one == name}
        for name in names
    }


def _groups(rows: pa.Table, columns: tuple[str, ...]) -> Iterator[tuple[Key, int, int]]:
    counted = rows.group_by(list(columns)).aggregate(
        [("fold", "count"), ("subject", "count_distinct")]
    )
    for row in counted.to_pylist():
        values = tuple(row[column] or UNKNOWN for column in columns)
        yield (columns, values), row["fold_count"], row["subject_count_distinct"]


def _rejected(rows: LabelRows, columns: tuple[str, ...]) -> dict[Key, float]:
    """The share of rejected rows of each group that the label report counts."""
    ordered = [column for column in PEOPLE if column in columns]
    places = [ordered.index(column) for column in columns]
    images = {key: count for key, count, _ in _groups(rows.unusable, tuple(ordered))}
    found = {}
    for name, share in rows.report.get(joined(ordered), {}).items():
        values = _values(name, len(ordered))
        rejected = share["rejected"] + images.get((tuple(ordered), values), 0)
        found[columns, tuple(values[place] for place in places)] = rejected / share["rows"]
    return found


def _values(name: str, columns: int) -> tuple[str, ...]:
    """The values of a group of the report."""
    return (name,) if columns == 1 else tuple(name.split(joined(["", ""])))
