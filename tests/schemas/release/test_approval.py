"""A decision holds for one review and one model alone."""

import json
from pathlib import Path

import pytest

from schemas.errors import ConfigError
from schemas.release.approval import (
    APPROVED,
    REFUSED,
    Approval,
    dump,
    parse,
    read_text,
    review_hash,
    why_not_approved,
)

REVIEW = review_hash(b'{"verdict": "released"}')
APPROVAL = Approval(APPROVED, "A. Reviewer", "looked at it", "2026-01-02T03:04:05", REVIEW, "m")


def test_what_is_written_is_read() -> None:
    assert parse(dump(APPROVAL)) == APPROVAL


@pytest.mark.parametrize("needed", [True, False])
def test_an_approval_of_this_review_and_model_lets_pass(needed: bool) -> None:
    assert why_not_approved(dump(APPROVAL), REVIEW, "m", needed=needed) == ""


def test_no_file_is_no_decision(tmp_path: Path) -> None:
    path = tmp_path / "approval.json"
    assert read_text(path) == ""

    path.write_text(dump(APPROVAL))

    assert parse(read_text(path)) == APPROVAL


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not json",
        b"\xff\xfe",
        b"[" * 50_000,
        dump(APPROVAL).replace('"A. Reviewer"', "1").encode(),
    ],
)
def test_a_damaged_file_is_named(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "approval.json"
    path.write_bytes(content)

    with pytest.raises(ConfigError, match=f"{path} is damaged, expected what `facefold approve`"):
        read_text(path)


@pytest.mark.parametrize("changed", [{"review": review_hash(b"other")}, {"model": "n"}])
def test_an_approval_of_another_one_counts_as_none(changed: dict[str, str]) -> None:
    text = dump(APPROVAL._replace(**changed))

    assert why_not_approved(text, REVIEW, "m", needed=True) == (
        "no approval yet; the approval by A. Reviewer is of another review or model"
    )
    refused = dump(APPROVAL._replace(**changed, decision=REFUSED))
    assert "the refusal by A. Reviewer" in why_not_approved(refused, REVIEW, "m", needed=True)
    assert why_not_approved(text, REVIEW, "m", needed=False) == ""


def test_none_is_needed_unless_it_is_asked_for() -> None:
    assert why_not_approved("", REVIEW, "m", needed=False) == ""
    assert why_not_approved("", REVIEW, "m", needed=True) == "no approval yet"


@pytest.mark.parametrize("needed", [True, False])
def test_a_refusal_counts_in_any_case(needed: bool) -> None:
    refusal = dump(APPROVAL._replace(decision=REFUSED, because="too few women"))

    assert why_not_approved(refusal, REVIEW, "m", needed=needed) == (
        "refused by A. Reviewer on 2026-01-02: too few women"
    )


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", json.dumps(APPROVAL._asdict() | {"decision": "maybe"})]
)
def test_a_damaged_file_is_an_error(text: str) -> None:
    with pytest.raises(ConfigError, match=r"approval\.json is damaged.*Remove it"):
        parse(text)


def test_one_byte_changes_the_hash_of_a_review() -> None:
    assert review_hash(b'{"verdict": "released" }') != REVIEW
