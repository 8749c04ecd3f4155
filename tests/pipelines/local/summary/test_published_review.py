"""The published review: its history, and its page."""

import json
from pathlib import Path
from typing import Any

import pytest

from pipelines.local.run_folder.layout import RunFolder
from pipelines.local.summary.published_review import publish_review

PAGE = "<!--decision--><!--/decision--><!--history--><!--/history-->"


def review(folder: Path, accuracy: float, worst: float | None = 0.5) -> Path:
    """A step's output."""
    group: dict[str, Any] = {"accuracy": worst, "title": "Women, 48-53"}
    folder.mkdir(parents=True, exist_ok=True)
    content = {
        "verdict": "released", "protocol": {"model_hash": "abc"}, "reasons": [],
        "overall": [{"head": "age", "accuracy": accuracy}, {"head": "gender", "accuracy": 0.1}],
        "worst_groups": {"age": None if worst is None else group, "gender": group},
    }  # fmt: skip
    (folder / "review.json").write_text(json.dumps(content))
    (folder / "index.html").write_text(PAGE)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    (tmp_path / "runs" / "demo").mkdir(parents=True)
    return RunFolder(tmp_path / "runs" / "demo")


def history(folder: RunFolder) -> list[dict[str, Any]]:
    lines = (folder.path.parent / "reviews.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_each_review_leaves_one_line_and_the_page_draws_them(
    folder: RunFolder, tmp_path: Path
) -> None:
    for accuracy in (0.7, 0.7, 0.8):
        publish_review(folder, review(tmp_path / "out", accuracy))

    assert [(line["run"], line["overall"], line["worst"]) for line in history(folder)] == [
        ("demo", 0.7, 0.5),
        ("demo", 0.8, 0.5),
    ]
    page = (folder.review / "index.html").read_text()
    assert "Earlier reviews" in page
    assert page.count("<td>released</td>") == 2


def test_a_single_review_has_no_history(folder: RunFolder, tmp_path: Path) -> None:
    publish_review(folder, review(tmp_path / "out", 0.7, worst=None))

    assert "Earlier reviews" not in (folder.review / "index.html").read_text()
    assert history(folder)[0]["worst"] is None


def test_other_runs_and_damaged_lines_are_passed_over(folder: RunFolder, tmp_path: Path) -> None:
    path = folder.path.parent / "reviews.jsonl"
    publish_review(folder, review(tmp_path / "out", 0.7))
    own = history(folder)[0] | {"hash": "h"}
    changes: list[dict[str, Any]] = [
        {"run": "other"}, {"date": 5}, {"overall": "x"}, {"overall": float("nan")}, {"worst": 1e9},
    ]  # fmt: skip
    lines = [json.dumps(own | change) for change in changes]
    path.write_text("\n".join([path.read_text() + "{", "[]", "[" * 200_000, *lines]))

    publish_review(folder, review(tmp_path / "out", 0.8))

    page = (folder.review / "index.html").read_text()
    assert page.count("<td>released</td>") == 2


def test_the_step_s_own_page_stays_as_it_was(folder: RunFolder, tmp_path: Path) -> None:
    out = review(tmp_path / "out", 0.7)
    for accuracy in (0.7, 0.8):
        publish_review(folder, review(out, accuracy))

    assert (out / "index.html").read_text() == PAGE
