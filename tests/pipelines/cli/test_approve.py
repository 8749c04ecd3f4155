"""`facefold approve`: a person's signature on a review."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from pipelines.cli import main
from schemas.release.approval import parse, review_hash

GROUP = {"accuracy": 0.8, "title": "Women, 48-53"}
REVIEW: dict[str, Any] = {
    "verdict": "released", "overall": [GROUP], "worst_group": GROUP,
    "protocol": {"model_hash": "abc"}, "reasons": [],
}  # fmt: skip
PAGE = "<h1>page</h1><!--decision--><!--/decision--><!--history--><!--/history--><p>end</p>"


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    """A run folder with a review."""
    review = tmp_path / "runs" / "demo" / "review"
    review.mkdir(parents=True)
    (review / "review.json").write_text(json.dumps(REVIEW))
    (review / "index.html").write_text(PAGE)
    return review.parent


def approve(run_dir: Path, *more: str, by: str = "A. Reviewer", because: str = "looked") -> int:
    return main(["approve", str(run_dir), "--by", by, "--because", because, *more])


def test_the_decision_names_the_review_and_the_model(
    run_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert approve(run_dir) == 0

    approval = parse((run_dir / "approval.json").read_text())
    review = (run_dir / "review" / "review.json").read_bytes()
    assert approval[:3] == ("approved", "A. Reviewer", "looked")
    assert approval.fits(review_hash(review), "abc")
    assert capsys.readouterr().out == f"{run_dir}/approval.json\n"


def test_the_page_shows_the_last_decision_alone_and_as_text(run_dir: Path) -> None:
    approve(run_dir, by="<b>first</b>")
    approve(run_dir, "--refuse", by="<i>second</i>", because="too few women")

    page = (run_dir / "review" / "index.html").read_text()
    assert "Refused by &lt;i&gt;second&lt;/i&gt;" in page
    assert "too few women" in page
    assert "first" not in page
    assert page.endswith("<p>end</p>")


def test_a_review_is_printed_with_the_decision_on_it(
    run_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (run_dir / "review" / "review.json").write_text(json.dumps(REVIEW))
    approve(run_dir, because="looked at it")
    capsys.readouterr()

    assert main(["review", str(run_dir)]) == 0
    assert re.search(r"approved by A. Reviewer on [-0-9]{10}: looked", capsys.readouterr().out)
    (run_dir / "review" / "review.json").write_text(json.dumps(REVIEW | {"reasons": ["another"]}))
    main(["review", str(run_dir)])
    printed = capsys.readouterr().out
    assert "A. Reviewer" not in printed
    assert "approval.json is about another review or model and has no effect" in printed


@pytest.mark.parametrize("verdict", ["refused", "undecidable"])
def test_an_approval_overrides_no_rule(
    verdict: str, run_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (run_dir / "review" / "review.json").write_text(json.dumps(REVIEW | {"verdict": verdict}))

    assert approve(run_dir) == 2
    assert "overrides no rule" in capsys.readouterr().err
    assert not (run_dir / "approval.json").exists()
    assert approve(run_dir, "--refuse") == 0


@pytest.mark.parametrize(
    "args",
    [["--by", "me"], ["--because", "why"], ["--by", " ", "--because", "why"],
     ["--by", "me", "--because", ""]],
)  # fmt: skip
def test_name_and_reason_are_asked_for(
    args: list[str], run_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["approve", str(run_dir), *args]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not (run_dir / "approval.json").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [("\u200b", "U+200B"), ("a\nb", "U+000A"), ("\u202egnp", "U+202E"), ("\x1b[31m", "U+001B"),
     ("x" * 1001, "1,001 characters, expected at most 1,000")],
)  # fmt: skip
def test_a_text_that_hides_something_is_refused(
    text: str, message: str, run_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for given in ({"by": text}, {"because": text}):
        assert approve(run_dir, **given) == 2
        assert message in capsys.readouterr().err
    assert not (run_dir / "approval.json").exists()


def test_without_a_page_nothing_is_decided(
    run_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (run_dir / "review" / "index.html").unlink()

    assert approve(run_dir) == 2
    assert "index.html is missing" in capsys.readouterr().err
    assert not (run_dir / "approval.json").exists()


@pytest.mark.parametrize(
    "change", [{"protocol": {}}, {"protocol": 1}, {"reasons": 1}, {"verdict": "released"}]
)
def test_a_damaged_review_is_named(
    change: dict[str, Any], run_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = change if "verdict" in change else REVIEW | change
    (run_dir / "review" / "review.json").write_text(json.dumps(content))

    message = "review.json is damaged, expected a verdict"
    assert approve(run_dir) == 2
    assert message in capsys.readouterr().err
    assert main(["review", str(run_dir)]) == 2
    assert message in capsys.readouterr().err


def test_a_folder_without_a_review_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert approve(tmp_path) == 2
    assert "holds no review" in capsys.readouterr().err


def test_a_link_to_the_run_folder_is_the_run(run_dir: Path, tmp_path: Path) -> None:
    past = {
        "run": "demo", "date": "2026-01-01", "verdict": "refused", "overall": 0.5,
        "worst": None, "worst_group": "", "hash": "0",
    }  # fmt: skip
    (run_dir.parent / "reviews.jsonl").write_text(f"{json.dumps(past)}\n" * 2)
    (tmp_path / "latest").symlink_to(run_dir)

    assert approve(tmp_path / "latest") == 0

    assert 'id="history"' in (run_dir / "review" / "index.html").read_text()


def test_an_approval_that_is_a_folder_is_named(
    run_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (run_dir / "approval.json").mkdir()

    assert main(["review", str(run_dir)]) == 2

    assert "approval.json" in capsys.readouterr().err
