"""Pusher: what it asks for before it pushes, and what it leaves for the next review."""

import json
from pathlib import Path
from typing import Any

import pytest
from tfx.dsl.io import fileio
from tfx.types import standard_artifacts

from components.pusher.component import Pusher
from schemas.artifacts import ReviewPage
from schemas.errors import DataError
from schemas.release import pushes
from schemas.release.approval import APPROVED, REFUSED, Approval, dump, review_hash
from schemas.release.blessing import bless
from schemas.release.model_hash import model_hash

pytestmark = pytest.mark.tf

REVIEW = json.dumps({"verdict": "released", "confusion": {"gender": {"classes": ["m", "f"]}}})


def artifact(kind: type, folder: Path) -> Any:
    made = kind()
    made.uri = str(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return made


@pytest.fixture
def inputs(tmp_path: Path) -> dict[str, Any]:
    """A blessed model and its review."""
    given = {
        "model": artifact(standard_artifacts.Model, tmp_path / "model"),
        "blessing": artifact(standard_artifacts.ModelBlessing, tmp_path / "blessing"),
        "page": artifact(ReviewPage, tmp_path / "page"),
    }
    saved = tmp_path / "model" / "Format-Serving" / "saved_model.pb"
    saved.parent.mkdir()
    saved.write_bytes(b"graph")
    (tmp_path / "page" / "review.json").write_text(REVIEW)
    (tmp_path / "page" / "faces.parquet").write_bytes(b"faces")
    bless(given["blessing"], fileio, blessed=True)
    return given


def pushed(
    inputs: dict[str, Any], root: Path, approval: str, *, needed: bool, approvals: str = ""
) -> dict[str, Any]:
    """The content of pushed.json."""
    Pusher.test_call(
        **inputs,
        pushed=artifact(standard_artifacts.PushedModel, root / "pushed"),
        directory=str(root / "serving"),
        needs_approval=needed,
        approval=approval,
        approvals=approvals,
        code="",
    )
    record: dict[str, Any] = json.loads((root / "pushed" / "pushed.json").read_text())
    return record


def decision(inputs: dict[str, Any], kind: str) -> str:
    model = model_hash(f"{inputs['model'].uri}/Format-Serving", fileio)
    return dump(Approval(kind, "me", "why", "2026-01-01", review_hash(REVIEW.encode()), model))


def test_a_blessed_model_is_pushed_and_logged(inputs: dict[str, Any], tmp_path: Path) -> None:
    record = pushed(inputs, tmp_path, "", needed=False)

    assert record["version"] == str(tmp_path / "serving" / "1")
    [push] = pushes.read_log(str(tmp_path / "serving"), fileio)
    assert (push.version, push.classes) == (record["version"], {"gender": ["m", "f"]})
    assert Path(pushes.faces_path(str(tmp_path / "serving"), push)).read_bytes() == b"faces"
    assert not (Path(record["version"]) / "assets.extra").exists()


def test_nothing_is_pushed_before_the_approval_that_is_asked_for(
    inputs: dict[str, Any], tmp_path: Path
) -> None:
    before = pushed(inputs, tmp_path, "", needed=True)
    after = pushed(inputs, tmp_path, decision(inputs, APPROVED), needed=True)

    assert (before["version"], before["why_not"]) == (None, "no approval yet")
    approval = Path(after["version"]) / "assets.extra" / "approval.json"
    assert approval.read_text() == decision(inputs, APPROVED)


def test_an_approval_in_a_folder_is_found_by_the_hash_of_its_review(
    inputs: dict[str, Any], tmp_path: Path
) -> None:
    folder = tmp_path / "approvals"
    before = pushed(inputs, tmp_path, "", needed=True, approvals=str(folder))
    folder.mkdir()
    text = decision(inputs, APPROVED)
    (folder / "0123.json").write_text(text)  # Of another review.
    other = pushed(inputs, tmp_path, "", needed=True, approvals=str(folder))
    (folder / f"{review_hash(REVIEW.encode())}.json").write_text(text)
    after = pushed(inputs, tmp_path, "", needed=True, approvals=str(folder))

    assert before["why_not"] == other["why_not"] == "no approval yet"
    assert (Path(after["version"]) / "assets.extra" / "approval.json").read_text() == text


def test_a_signature_on_a_pushed_model_makes_no_new_version(
    inputs: dict[str, Any], tmp_path: Path
) -> None:
    first = pushed(inputs, tmp_path, "", needed=False)

    signed = pushed(inputs, tmp_path, decision(inputs, APPROVED), needed=False)

    assert signed["version"] == first["version"]
    assert (Path(first["version"]) / "assets.extra" / "approval.json").is_file()
    assert len(pushes.read_log(str(tmp_path / "serving"), fileio)) == 1


def test_a_decision_on_another_review_does_not_stand_beside_the_model(
    inputs: dict[str, Any], tmp_path: Path
) -> None:
    other = decision(inputs, REFUSED).replace(review_hash(REVIEW.encode()), "0" * 64)

    record = pushed(inputs, tmp_path, other, needed=False)

    assert record["version"]
    assert not (Path(record["version"]) / "assets.extra").exists()


def test_a_refusal_names_the_version_that_still_serves_the_model(
    inputs: dict[str, Any], tmp_path: Path
) -> None:
    first = pushed(inputs, tmp_path, "", needed=False)

    refused = pushed(inputs, tmp_path, decision(inputs, REFUSED), needed=False)

    assert refused["version"] is None
    assert f"; {first['version']} still serves this model" in refused["why_not"]


def test_the_last_decision_stands_beside_the_version_that_serves(
    inputs: dict[str, Any], tmp_path: Path
) -> None:
    first = pushed(inputs, tmp_path, decision(inputs, APPROVED), needed=True)
    beside = Path(first["version"]) / "assets.extra" / "approval.json"

    pushed(inputs, tmp_path, decision(inputs, REFUSED), needed=True)
    refused = beside.read_text()
    (tmp_path / "page" / "review.json").write_text(REVIEW + " ")
    again = pushed(inputs, tmp_path, "", needed=False)

    assert refused == decision(inputs, REFUSED)
    assert again["version"] == first["version"]
    assert not beside.exists()  # Of a review that is no more.


def test_a_model_that_the_review_refuses_may_still_serve(
    inputs: dict[str, Any], tmp_path: Path
) -> None:
    first = pushed(inputs, tmp_path, "", needed=False)
    (tmp_path / "blessing" / "BLESSED").unlink()

    record = pushed(inputs, tmp_path, "", needed=False)

    assert record["why_not"].startswith("the review did not release it; ")
    assert f"{first['version']} still serves this model" in record["why_not"]


def test_a_damaged_log_is_found_before_a_model_is_served(
    inputs: dict[str, Any], tmp_path: Path
) -> None:
    log = tmp_path / "serving" / ".pushes" / "pushes.jsonl"
    log.parent.mkdir(parents=True)
    log.write_text("junk\n")

    with pytest.raises(DataError, match=r"pushes\.jsonl:1 is damaged"):
        pushed(inputs, tmp_path, "", needed=False)
    assert [path.name for path in (tmp_path / "serving").iterdir()] == [".pushes"]


def test_a_byte_of_the_review_voids_the_approval(inputs: dict[str, Any], tmp_path: Path) -> None:
    approval = decision(inputs, APPROVED)
    (tmp_path / "page" / "review.json").write_text(REVIEW + " ")

    record = pushed(inputs, tmp_path, approval, needed=True)

    assert record["version"] is None
    assert "of another review or model" in record["why_not"]


def test_a_refusal_stops_a_push_that_needs_no_approval(
    inputs: dict[str, Any], tmp_path: Path
) -> None:
    record = pushed(inputs, tmp_path, decision(inputs, REFUSED), needed=False)

    assert (record["version"], record["why_not"]) == (None, "refused by me on 2026-01-01: why")


def test_a_refused_model_is_not_pushed_whatever_was_approved(
    inputs: dict[str, Any], tmp_path: Path
) -> None:
    approval = decision(inputs, APPROVED)
    inputs["blessing"] = artifact(standard_artifacts.ModelBlessing, tmp_path / "refused")
    bless(inputs["blessing"], fileio, blessed=False)

    record = pushed(inputs, tmp_path, approval, needed=True)

    assert (record["version"], record["why_not"]) == (None, "the review did not release it")
    assert not (tmp_path / "serving").exists()
