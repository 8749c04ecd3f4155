"""Near repeats: reported, rejected or not looked for."""

from typing import Any, Literal
from unittest.mock import patch

import pytest

from components.label_validator import validation
from schemas.config.blocks import LabelsConfig
from tests.components.label_validator.small_manifest import face, manifest, validate

HASH = "5a" * 32
NEAR = "5b" + "5a" * 31  # One bit further.
NEARER = "5b" + "5a" * 30 + "5b"
FAR = "a5" * 32


def pictures() -> list[dict[str, Any]]:
    """Lines 2 to 8; the pictures of a, b, d and f are near."""
    return [
        face("a", near_hash=HASH, age_text="35"),  # Rejected by another rule.
        face("b", near_hash=HASH),
        face("c", near_hash=FAR, fold="fold_1"),
        face("d", near_hash=NEAR, fold="fold_1", gender_text="f"),
        face("b", near_hash=HASH),  # A repeat.
        face("f", near_hash=NEARER, fold="fold_0"),
        face("g", fold="fold_1"),  # Not read.
    ]


def labels(near_repeats: Literal["report", "reject", "off"]) -> LabelsConfig:
    return LabelsConfig(policy="strict", near_repeats=near_repeats)


@pytest.mark.parametrize("block_rows", [1, 3, 1000])
def test_pairs_of_rows_that_no_other_rule_rejects_are_reported(block_rows: int) -> None:
    with patch.object(validation, "BLOCK_ROWS", block_rows):
        result = validate(manifest(*pictures()), labels("report"))

    assert result.report.near_repeats == {
        "compared": 5,
        "pairs": 3,
        "across_folds": 2,
        "listed": [
            {
                "first": "fold_0_data.txt:3", "first_fold": "fold_0",
                "second": "fold_0_data.txt:5", "second_fold": "fold_1", "bits": 1,
            },
            {
                "first": "fold_0_data.txt:5", "first_fold": "fold_1",
                "second": "fold_0_data.txt:7", "second_fold": "fold_0", "bits": 1,
            },
        ],
    }  # fmt: skip
    assert result.report.rejected == {"repeat_of": 1, "age_between_classes": 1}
    (note,) = result.report.notes
    assert note.startswith("near repeats: 2 pairs of pictures in different folds")


@pytest.mark.parametrize("block_rows", [1, 3, 1000])
def test_the_first_accepted_row_of_a_group_stays(block_rows: int) -> None:
    with patch.object(validation, "BLOCK_ROWS", block_rows):
        result = validate(manifest(*pictures()), labels("reject"))

    assert result.accepted["key"].to_pylist() == ["adience/b", "adience/c", "adience/g"]
    rejected = {row["line"]: (row["reason"], row["detail"]) for row in result.rejects.to_pylist()}
    assert [rejected[line][0] for line in (2, 5, 6, 7)] == [
        "age_between_classes", "near_repeat", "repeat_of", "near_repeat",
    ]  # fmt: skip
    for line in (5, 7):
        assert "as fold_0_data.txt:3, which stays" in rejected[line][1]
    report = result.report
    assert (report.near_repeats["pairs"], report.rejected["near_repeat"]) == (3, 2)
    assert report.accepted + sum(report.rejected.values()) == report.rows
    assert report.notes == ()


def test_off_compares_nothing() -> None:
    result = validate(manifest(*pictures()), labels("off"))

    empty = {"compared": 0, "pairs": 0, "across_folds": 0, "listed": []}
    assert (result.report.near_repeats, result.report.notes) == (empty, ())


def test_a_picture_with_a_fault_or_a_conflict_is_not_compared() -> None:
    rows = [
        face("a", near_hash=HASH, fault="image_unreadable", detail="x"),
        face("b", near_hash=HASH),
        face("c", near_hash=HASH),
        face("c", near_hash=HASH, gender_text="f"),
    ]

    assert validate(manifest(*rows), labels("reject")).report.near_repeats["compared"] == 1


def test_parts_of_the_published_training_list_are_one_side() -> None:
    rows = [face("a", near_hash=HASH, fold="train"), face("b", near_hash=HASH, fold="val")]

    report = validate(manifest(*rows), labels("report")).report

    assert (report.near_repeats["pairs"], report.near_repeats["across_folds"]) == (1, 0)


def test_a_long_list_is_cut_and_counted() -> None:
    rows = [face(str(number), near_hash=HASH, fold=f"fold_{number % 2}") for number in range(40)]

    report = validate(manifest(*rows), labels("report")).report.near_repeats

    assert (report["pairs"], report["across_folds"]) == (780, 400)
    assert len(report["listed"]) == 100
