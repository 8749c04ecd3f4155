"""Training images and subjects of each group against plain counting."""

import pyarrow as pa
import pytest

from components.bias_review.supply import (
    COLUMNS,
    LabelRows,
    Supply,
    classes_by_fold,
    count,
    split,
)

ROWS = [
    ("1", "m", "4-6", None, "a", "fold_0"),
    ("2", "m", "4-6", None, "a", "fold_0"),
    ("3", "m", "8-12", None, "b", "fold_1"),
    ("4", "f", "4-6", None, "c", "fold_1"),
    ("5", "f", "4-6", None, "d", "fold_4"),
    ("6", None, "4-6", None, "e", "fold_0"),
    ("7", "f", "8-12", None, "f", "fold_0"),
]
REPORT = {
    "gender": {"m": {"rows": 4, "rejected": 1}, "f": {"rows": 5, "rejected": 2}},
    "gender x age": {"m x 4-6": {"rows": 2, "rejected": 0}, "f x 8-12": {"rows": 2, "rejected": 1}},
}
UNREADABLE = {"7"}


@pytest.fixture
def rows() -> LabelRows:
    named = [dict(zip(COLUMNS, row, strict=True)) for row in ROWS]
    table = pa.Table.from_pylist(named, schema=pa.schema([(c, pa.string()) for c in COLUMNS]))
    rejects = pa.table({"key": pa.chunked_array([sorted(UNREADABLE)], pa.string())})
    return LabelRows(*split(table, rejects), REPORT)


def test_rows_whose_images_cannot_be_used_are_apart(rows: LabelRows) -> None:
    assert rows.stored["key"].to_pylist() == ["1", "2", "3", "4", "5", "6"]
    assert rows.unusable["key"].to_pylist() == ["7"]


def test_groups_are_counted_in_the_training_folds(rows: LabelRows) -> None:
    found = count(rows, ["fold_0", "fold_1"], [("gender",), ("age", "gender"), ("fold", "age")])

    assert found == {
        (("gender",), ("m",)): Supply(3, 2, 0.25),
        (("gender",), ("f",)): Supply(1, 1, 0.6),  # Two by the labels, one by its image, of five.
        (("gender",), ("unknown",)): Supply(1, 1, None),
        (("age", "gender"), ("4-6", "m")): Supply(2, 1, 0.0),
        (("age", "gender"), ("8-12", "m")): Supply(1, 1, None),
        (("age", "gender"), ("4-6", "f")): Supply(1, 1, None),
        (("age", "gender"), ("4-6", "unknown")): Supply(1, 1, None),
        (("age", "gender"), ("8-12", "f")): Supply(0, 0, 1.0),  # No image of them is stored.
    }


def test_stored_faces_are_counted_by_class_and_fold(rows: LabelRows) -> None:
    assert classes_by_fold(rows.stored, "gender", ["m", "f", "x"]) == {
        "m": {"fold_0": 2, "fold_1": 1},
        "f": {"fold_1": 1, "fold_4": 1},
        "x": {},
    }
