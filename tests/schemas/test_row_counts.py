"""The account of a step closes, and a share above the limit ends a run."""

import pickle
import re

import pytest

from schemas.errors import DataError, ImageError, RejectError, RowError
from schemas.labels.rejection_reasons import REASONS, STAGE_IMAGES, STAGE_LABELS
from schemas.row_counts import RowCounts, check_share
from tests.repository import ROOT


def test_an_account_that_closes_passes() -> None:
    RowCounts(STAGE_LABELS, 10, 7, {"age_missing": 2, "repeat_of": 1}).check()
    RowCounts(STAGE_LABELS, 0, 0, {}).check()


@pytest.mark.parametrize(("rows", "message"), [(11, "11 rows came in"), (9, "9 rows came in")])
def test_a_row_that_is_lost_or_counted_twice_is_reported_with_the_numbers(
    rows: int, message: str
) -> None:
    with pytest.raises(
        DataError, match=rf"label_validator: {message}, but 7 .* 3 rejected make 10"
    ):
        RowCounts(STAGE_LABELS, rows, 7, {"age_missing": 2, "repeat_of": 1}).check()


def test_the_limit_itself_passes_and_one_row_more_does_not() -> None:
    check_share(5, 10, 0.5)
    check_share(0, 0, 0.0)
    with pytest.raises(DataError, match=r"6 of 10 unique rows .*labels\.max_reject_share=0\.5"):
        check_share(6, 10, 0.5)


def test_a_limit_of_all_or_of_nothing_holds() -> None:
    check_share(10, 10, 1.0)
    with pytest.raises(DataError):
        check_share(1, 10, 0.0)


def test_reasons_stand_once_each_in_the_order_of_the_steps() -> None:
    assert len(set(REASONS)) == len(REASONS)
    images = ["image_too_large", "image_unreadable", "image_too_small", "no_face"]
    assert list(REASONS[-4:]) == images
    assert STAGE_LABELS != STAGE_IMAGES


def test_every_reason_that_the_code_raises_has_its_place_in_the_table() -> None:
    raised = set()
    for path in (ROOT / "components").rglob("*.py"):
        reasons = re.findall(r"(?:ImageError|RowError)\(\s*\"(\w+)\"", path.read_text("utf-8"))
        raised.update(reasons)

    assert {"image_missing", "image_unreadable", "image_too_large"} <= raised
    assert raised <= set(REASONS)


@pytest.mark.parametrize("kind", [RejectError, RowError, ImageError])
def test_a_rejection_crosses_processes_whole(kind: type[RejectError]) -> None:
    copy = pickle.loads(pickle.dumps(kind("image_missing", "no file 'a'")))

    assert type(copy) is kind
    assert (copy.reason, copy.detail, str(copy)) == (
        "image_missing",
        "no file 'a'",
        "no file 'a'",
    )
