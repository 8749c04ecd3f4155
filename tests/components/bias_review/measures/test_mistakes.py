"""Mistakes, recall and precision against plain counting."""

from collections import Counter
from collections.abc import Callable

import numpy as np
import pyarrow as pa

from components.bias_review.measures.mistakes import class_records, mistakes
from components.bias_review.predictions import HeadRows, merge

Tables = Callable[..., pa.Table]
Heads = dict[str, tuple[str, ...]]
FOLDS = ("fold_0", "fold_1", "fold_2")


def age_rows(table: pa.Table, heads: Heads) -> HeadRows:
    return merge([table], heads, FOLDS).heads[0]


def test_mistakes_are_counted_by_pair_and_the_most_frequent_come_first(
    crowd: Tables, heads: Heads
) -> None:
    table = crowd(4)
    rows = age_rows(table, heads)
    women = np.flatnonzero(rows.columns["gender"].has("f"))

    found = mistakes(rows, women)

    pairs = Counter(
        (heads["age"][row["label"]], heads["age"][row["predicted"]])
        for row in table.to_pylist()
        if row["head"] == "age" and row["gender"] == "f" and row["label"] != row["predicted"]
    )
    assert {(each.label, each.predicted): each.images for each in found} == pairs
    counts = [each.images for each in found]
    assert counts == sorted(counts, reverse=True)


def test_no_mistake_is_an_empty_list(people: Tables, heads: Heads) -> None:
    rows = merge([people([("a", "m", "4-6", 3, 3)])], {"age": heads["age"]}, ["fold_4"]).heads[0]

    assert mistakes(rows, np.arange(3)) == ()


def test_recall_and_precision_are_of_labels_and_of_predictions(crowd: Tables, heads: Heads) -> None:
    table = crowd(5)

    found = class_records(age_rows(table, heads), ("m", "f"))

    mine = [row for row in table.to_pylist() if row["head"] == "age"]
    assert [record.people for record in found[:3]] == ["", "m", "f"]
    for record in found:
        number = heads["age"].index(record.name)
        among = [row for row in mine if record.people in ("", row["gender"])]
        labelled = [row for row in among if row["label"] == number]
        predicted = [row for row in among if row["predicted"] == number]
        right = sum(row["predicted"] == number for row in labelled)
        assert record.recall == (right / len(labelled) if labelled else None)
        assert record.precision == (right / len(predicted) if predicted else None)
