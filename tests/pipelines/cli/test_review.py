"""`facefold review`."""

import json
from pathlib import Path

import pytest

from pipelines.cli import main


@pytest.mark.parametrize(
    ("verdict", "reasons", "status"),
    [
        ("released", [], 0),
        ("refused", ["accuracy 0.3 is below 0.4", "another"], 3),
        ("undecidable", ["too few people"], 3),
    ],
)
def test_the_page_and_the_verdict_with_its_reasons_are_printed(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    verdict: str,
    reasons: list[str],
    status: int,
) -> None:
    (tmp_path / "review").mkdir()
    (tmp_path / "review" / "review.json").write_text(
        json.dumps({"verdict": verdict, "reasons": reasons, "protocol": {"model_hash": "abc"}})
    )

    assert main(["review", str(tmp_path)]) == status

    lines = [f"{tmp_path}/review/index.html", verdict, *reasons]
    assert capsys.readouterr().out.splitlines() == lines


@pytest.mark.parametrize("name", ["", "none"])
def test_a_folder_without_a_review_is_an_error_that_says_how_to_get_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert main(["review", str(tmp_path / name)]) == 2

    message = capsys.readouterr().err
    assert "no review/review.json" in message
    assert "`facefold run CONFIG`" in message


@pytest.mark.parametrize("text", ["{", "[]", "{}"])
def test_a_damaged_review_is_an_error(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "review").mkdir()
    (tmp_path / "review" / "review.json").write_text(text)

    assert main(["review", str(tmp_path)]) == 2

    message = capsys.readouterr().err
    assert "review.json is damaged" in message
    assert "facefold run" in message
