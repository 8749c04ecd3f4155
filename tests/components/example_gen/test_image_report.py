"""The report of the images: counts, rejects, and errors."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from components.example_gen.image_report import (
    check_report,
    image_report,
    rejects_table,
)
from components.example_gen.shards import WrittenShard
from schemas.config.blocks import ImagesConfig
from schemas.errors import DataError
from schemas.tables import REJECTS
from tests.components.example_gen.small_rows import row

WHY = {"reason": "image_missing", "detail": "no file", "stage": "example_gen"}


def report(by_fold: dict[str, int], rejected: dict[str, int], rows: int) -> dict[str, Any]:
    accepted = sum(by_fold.values())
    return {"rows": rows, "accepted": accepted, "rejected": rejected, "by_fold": by_fold}


def test_shards_of_a_fold_are_added_up_and_reasons_counted() -> None:
    written = [
        WrittenShard(*each) for each in [("fold_1", 3, 1), ("fold_0", 2, 0), ("fold_1", 4, 2)]
    ] + [WrittenShard("fold_2", 0, 0)]
    rejects = [{"reason": reason} for reason in ("b", "a", "b", "c")]

    assert image_report(13, written, rejects, ImagesConfig(side=16, margin=0.25)) == {
        "rows": 13,
        "accepted": 9,
        "rejected": {"b": 2, "a": 1, "c": 1},
        "by_fold": {"fold_0": 2, "fold_1": 7, "fold_2": 0},
        "without_face": 3,
        "images": asdict(ImagesConfig(side=16, margin=0.25)) | {"link_roots": []},
    }


def test_folds_and_reasons_are_reported_in_order() -> None:
    result = image_report(
        6,
        [WrittenShard("b", 1, 0), WrittenShard("a", 1, 0)],
        [{"reason": r} for r in "bcccadd"],
        ImagesConfig(),
    )

    assert list(result["by_fold"]) == ["a", "b"]
    assert list(result["rejected"].items()) == [("c", 3), ("d", 2), ("a", 1), ("b", 1)]


def test_rejects_are_a_table_ordered_by_key_whatever_their_order(tmp_path: Path) -> None:
    rejects = [row(tmp_path, name, None) | WHY for name in ("b.jpg", "c.jpg", "a.jpg")]

    one, two = rejects_table(rejects), rejects_table(rejects[::-1])

    assert one.equals(two)
    assert one.schema.equals(REJECTS)
    assert one["path"].to_pylist() == ["a.jpg", "b.jpg", "c.jpg"]
    assert set(one["reason"].to_pylist()) == {"image_missing"}


def test_no_rejects_are_a_table_too() -> None:
    assert rejects_table([]).num_rows == 0


PEOPLE = {"subject": 9, "photographer": 1}
LABELS = {"rows": 120, "unique": 100, "accepted": 60, "people": PEOPLE}
GOOD = report({"fold_0": 30, "fold_1": 20}, {"image_missing": 10}, rows=60)


def test_counts_that_add_up_within_the_limit_pass() -> None:
    check_report(GOOD, LABELS, ["fold_0", "fold_1"], 0.5)  # 40 of the labels, 10 of the images.


def test_rejects_of_labels_and_images_count_together_against_all_rows_but_repeats() -> None:
    with pytest.raises(DataError, match=r"50 of 100 unique rows are rejected, more than .*=0\.49"):
        check_report(GOOD, LABELS, ["fold_0"], 0.49)


def test_a_lost_image_is_the_first_error() -> None:
    with pytest.raises(DataError, match="example_gen: 61 rows came in"):
        check_report(GOOD | {"rows": 61}, LABELS, ["fold_9"], 0.0)


@pytest.mark.parametrize("by_fold", [{"fold_0": 50, "fold_1": 0}, {"fold_0": 50}])
def test_the_error_on_an_empty_fold_has_the_reasons(by_fold: dict[str, int]) -> None:
    empty = report(by_fold, {"image_missing": 10}, rows=60)

    with pytest.raises(
        DataError,
        match=r"fold_1: no usable face.*of 9 subjects and 1 photographer\..*\"image_missing\": 10",
    ):
        check_report(empty, LABELS, ["fold_0", "fold_1"], 0.5)
