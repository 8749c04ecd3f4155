"""A person's decision on one reviewed model: content of `approval.json`.

It names the review and the model by their hashes: one changed byte voids it.
"""

import datetime
import hashlib
import json
from pathlib import Path
from typing import NamedTuple

from schemas.errors import ConfigError
from schemas.files import read_regular_text
from schemas.release.blessing import RELEASED
from schemas.release.review_record import model_of, read_review

APPROVAL_FILE = "approval.json"  # In the run folder.
PUSHED_APPROVAL_FILE = "assets.extra/approval.json"  # Beside a pushed model.
APPROVED, REFUSED = "approved", "refused"
MAX_BYTES = 1 << 16


class Approval(NamedTuple):
    """One decision."""

    decision: str  # APPROVED or REFUSED.
    by: str  # Name of the person.
    because: str
    date: str  # ISO 8601, UTC.
    review: str  # Hash of `review_hash`.
    model: str  # Hash of schemas.release.model_hash.

    def fits(self, review: str, model: str) -> bool:
        """Whether it is about this review and this model."""
        return (self.review, self.model) == (review, model)


def review_hash(review_json: bytes) -> str:
    """SHA-256 of a review.json, 64 hex digits."""
    return hashlib.sha256(review_json).hexdigest()


def sign(review_file: Path, decision: str, by: str, because: str) -> Approval:
    """A decision on a review, of now.

    Args:
      review_file: its review.json.
      decision: APPROVED or REFUSED.
      by: name of the person.
      because: the reason.

    Raises:
      ConfigError: the review is damaged, or a model is to be approved that it did not release.
    """
    review = read_review(review_file)
    if decision == APPROVED and review["verdict"] != RELEASED:
        raise ConfigError(
            f"the verdict of {review_file} is {review['verdict']!r}, expected {RELEASED!r}: an "
            "approval overrides no rule. Nothing was written."
        )
    return Approval(
        decision=decision,
        by=by,
        because=because,
        date=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        review=review_hash(review_file.read_bytes()),
        model=model_of(review),
    )


def dump(approval: Approval) -> str:
    """The approval as JSON."""
    return json.dumps(approval._asdict(), indent=1, ensure_ascii=False) + "\n"


def parse(text: str, file: object = APPROVAL_FILE) -> Approval:
    """Read what `dump` wrote. Raises ConfigError, which names `file`, if it is damaged."""
    try:
        approval = Approval(**json.loads(text))
        if approval.decision not in (APPROVED, REFUSED):
            raise ValueError(approval.decision)
        if not all(isinstance(value, str) for value in approval):
            raise TypeError(approval)
    except (ValueError, TypeError, RecursionError) as error:
        raise ConfigError(
            f"{file} is damaged, expected what `facefold approve` writes. Remove it, and decide "
            "again."
        ) from error
    return approval


def read_text(path: Path) -> str:
    """The text of an approval; empty if there is no file.

    Raises:
      ConfigError: it is damaged.
    """
    if not path.exists():
        return ""
    try:
        text = read_regular_text(path, MAX_BYTES)
    except UnicodeDecodeError:
        text = ""  # Damaged as an empty file is.
    parse(text, path)
    return text


def why_not_approved(text: str, review: str, model: str, *, needed: bool) -> str:
    """Why a model that the gate released is not to be pushed; empty if it is.

    Args:
      text: of APPROVAL_FILE; empty without one.
      review: hash of the model's review.
      model: hash of the model.
      needed: `push.needs_approval`. A refusal counts in any case.
    """
    approval = parse(text) if text else None
    if approval and approval.fits(review, model):
        if approval.decision == APPROVED:
            return ""
        return f"refused by {approval.by} on {approval.date[:10]}: {approval.because}"
    if not needed:
        return ""
    if approval:
        kind = "approval" if approval.decision == APPROVED else "refusal"
        return f"no approval yet; the {kind} by {approval.by} is of another review or model"
    return "no approval yet"
