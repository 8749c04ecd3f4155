"""Warnings on classes with too few faces."""

from typing import Any

import pytest

from schemas.labels.small_classes import class_warnings

FOLDS = ("a", "b", "c", "unknown")
COUNTS = {
    "gender": {
        "m": {"a": 40, "b": 40, "c": 40},
        "f": {"a": 10, "b": 25, "c": 9},
        "x": {},
    }
}


def warnings(held_out: Any, least: int = 30, folds: tuple[str, ...] = FOLDS) -> list[str]:
    """Each warning up to the comma before the limit."""
    found = class_warnings(COUNTS, folds, held_out, least)
    return [text.partition(", expected")[0].partition(";")[0] for text in found]


@pytest.mark.parametrize(
    ("held_out", "least", "expected"),
    [
        (("c",), 30, "gender f: 9 in c"),
        (("b",), 20, "gender f: 19 in training"),
        (("b", "c"), 30, "gender f: 10 in training, 25 in b, 9 in c"),
        ("all", 25, "gender f: 19 in training, 10 in a, 9 in c"),  # Without b: 10 + 9.
        (("fold_4",), 45, "gender f: 44 in training"),
    ],
)
def test_a_class_with_few_faces_is_named_with_the_places(
    held_out: Any, least: int, expected: str
) -> None:
    assert [text for text in warnings(held_out, least) if text.startswith("gender f")] == [expected]


def test_a_class_without_a_face_is_a_warning_of_its_own() -> None:
    assert warnings(("a",), 9) == ["gender x: no accepted face"]


def test_folds_that_are_not_known_yet_are_passed_over() -> None:
    assert warnings(("a",), 9, ("unknown",)) == ["gender x: no accepted face"]
