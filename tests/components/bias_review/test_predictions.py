"""Merging and checking predictions."""

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from components.bias_review.predictions import merge
from schemas.errors import DataError
from schemas.prediction_table import PREDICTIONS

Tables = Callable[..., pa.Table]
Heads = dict[str, tuple[str, ...]]
FOLDS = ("fold_3", "fold_4")
PERSON = ("s", "m", "4-6", 3, 2)


def changed(table: pa.Table, **given: Any) -> pa.Table:
    """The table with some cells of its first row replaced."""
    rows = table.to_pylist()
    rows[0] |= given
    return pa.Table.from_pylist(rows, schema=PREDICTIONS)


def only_age(heads: Heads) -> Heads:
    return {"age": heads["age"]}


def test_merge_counts_faces_and_people_once(crowd: Tables, heads: Heads) -> None:
    table = crowd(1)

    merged = merge([table], heads, ["fold_0", "fold_1", "fold_2"])

    rows = table.to_pylist()
    assert merged.images == len({row["key"] for row in rows})
    assert merged.subjects == len({row["subject"] for row in rows})
    assert merged.folds == ("fold_0", "fold_1", "fold_2")
    for part in merged.heads:
        mine = [row for row in rows if row["head"] == part.head]
        mine.sort(key=lambda row: row["key"])
        assert part.label.tolist() == [row["label"] for row in mine]
        assert len(set(part.subject.tolist())) == len({row["subject"] for row in mine})


def test_merge_leaves_masked_labels_out_and_counts_them(people: Tables, heads: Heads) -> None:
    table = changed(people([PERSON]), label=-1, age="unknown")

    merged = merge([table], only_age(heads), FOLDS)

    assert len(merged.heads[0].label) == 2
    assert merged.unlabelled == {"age": 1}
    assert merged.images == 3


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"fold": "fold_1"}, "predictions of fold fold_1, held out were fold_3, fold_4"),
        ({"head": "race"}, "predictions of head race, expected age"),
        ({"label": 8}, "label values from 1 to 8, expected 0 to 7"),
        ({"predicted": -1}, "predicted values from -1 to 2, expected 0 to 7"),
        ({"age": "0-2"}, "has age '0-2' and the class number of '4-6'"),
        ({"fold": "fold_3"}, "subject 's' has faces in fold_3 and in fold_4"),
        ({"key": "s/m/4-6/1"}, "face 's/m/4-6/1' has more than one prediction of head 'age'"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_merge_refuses_what_contradicts_the_protocol(
    people: Tables, heads: Heads, given: dict[str, Any], message: str
) -> None:
    table = changed(people([PERSON]), **given)

    with pytest.raises(DataError, match=message):
        merge([table], only_age(heads), FOLDS)


def test_merge_refuses_the_same_fold_twice(people: Tables, heads: Heads) -> None:
    table = people([PERSON])

    with pytest.raises(DataError, match="merge each fold's predictions once"):
        merge([table, table], only_age(heads), FOLDS)


def test_merge_refuses_tables_without_rows_or_columns(people: Tables, heads: Heads) -> None:
    table = people([PERSON])

    with pytest.raises(DataError, match="hold no row"):
        merge([table.slice(0, 0)], heads, FOLDS)
    with pytest.raises(DataError, match="no column fold, subject"):
        merge([table.drop(["subject", "fold"])], heads, FOLDS)


def test_merge_refuses_a_head_that_nothing_was_predicted_for(people: Tables, heads: Heads) -> None:
    with pytest.raises(DataError, match="head 'gender' has no labelled prediction"):
        merge([people([PERSON])], heads, FOLDS)
