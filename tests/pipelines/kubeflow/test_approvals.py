"""A signature on a review that a store keeps."""

import json
from pathlib import Path
from typing import Any

import pytest

from pipelines.cli import main
from schemas.release.approval import parse, review_hash

REVIEW: dict[str, Any] = {
    "verdict": "released",
    "protocol": {"model_hash": "abc"},
    "reasons": [],
}
PAGE = "<h1>page</h1><!--decision--><!--/decision--><!--history--><!--/history-->"


def kept_review(store: Path, review: dict[str, Any]) -> Path:
    content = json.dumps(review).encode()
    folder = store / "reviews" / review_hash(content)
    folder.mkdir(parents=True)
    (folder / "review.json").write_bytes(content)
    (folder / "index.html").write_text(PAGE)
    return folder


def approve(folder: Path, *more: str) -> int:
    return main(["approve", str(folder), "--by", "me", "--because", "looked", *more])


def test_the_approval_is_named_by_the_review(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = kept_review(tmp_path, REVIEW)

    assert approve(folder) == 0

    path = tmp_path / "approvals" / f"{folder.name}.json"
    assert capsys.readouterr().out == f"{path}\n"
    approval = parse(path.read_text())
    assert approval[:3] == ("approved", "me", "looked")
    assert approval.fits(folder.name, "abc")
    assert "Approved by me" in (folder / "index.html").read_text()


def test_a_changed_review_is_not_signed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = kept_review(tmp_path, REVIEW)
    (folder / "review.json").write_text(json.dumps(REVIEW | {"reasons": ["one"]}))

    assert approve(folder) == 2

    assert "expected that of its folder's name: it was changed" in capsys.readouterr().err
    assert not (tmp_path / "approvals").exists()


def test_an_approval_overrides_no_rule(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = kept_review(tmp_path, REVIEW | {"verdict": "undecidable"})

    assert approve(folder) == 2

    assert "overrides no rule" in capsys.readouterr().err
    assert not (tmp_path / "approvals").exists()
    assert approve(folder, "--refuse") == 0
