"""The text of `facefold review`."""

import json
from pathlib import Path

import pytest

from pipelines.local.summary.verdict import read_review
from schemas.errors import ConfigError


@pytest.mark.parametrize(
    ("blessed", "reasons"), [(True, []), (False, ["accuracy 0.3 is below 0.4", "another"])]
)
def test_the_page_and_the_verdict_with_its_reasons_are_printed(
    tmp_path: Path, blessed: bool, reasons: list[str]
) -> None:
    (tmp_path / "review").mkdir()
    (tmp_path / "review" / "review.json").write_text(
        json.dumps({"blessed": blessed, "reasons": reasons})
    )

    shown = read_review(tmp_path)

    verdict = "blessed" if blessed else "NOT blessed"
    assert shown.blessed is blessed
    assert shown.text.splitlines() == [f"{tmp_path}/review/index.html", verdict, *reasons]


def test_a_folder_without_a_review_is_an_error_that_says_how_to_get_one(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(ConfigError, match=r"no review/review\.json.*`facefold run CONFIG`"):
            read_review(folder)


@pytest.mark.parametrize("text", ["{", "[]", "{}"])
def test_a_damaged_review_is_an_error(text: str, tmp_path: Path) -> None:
    (tmp_path / "review").mkdir()
    (tmp_path / "review" / "review.json").write_text(text)

    with pytest.raises(ConfigError, match=r"review.json is damaged.*facefold run"):
        read_review(tmp_path)
