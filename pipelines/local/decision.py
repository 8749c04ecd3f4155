"""Writes a person's decision on the review of a run folder."""

import datetime
from pathlib import Path

from pipelines.local.run_folder.layout import check_kinds
from pipelines.local.run_folder.lock import run_lock
from pipelines.local.summary.published_review import check_page, reviewed_folder, show_decision
from schemas.artifact_files import REVIEW_FILE
from schemas.errors import ConfigError
from schemas.files import atomic_write
from schemas.release.approval import APPROVED, Approval, dump, review_hash
from schemas.release.blessing import RELEASED
from schemas.release.review_record import model_of, read_review


def decide(directory: Path, decision: str, by: str, because: str) -> Path:
    """Write the decision, and show it on the page; return the path of the file.

    Args:
      directory: the run folder.
      decision: APPROVED or REFUSED.
      by: name of the person.
      because: the reason.

    Raises:
      ConfigError: there is no review, or a model is to be approved that it did not release.
    """
    folder = reviewed_folder(directory)
    path = folder.review / REVIEW_FILE
    check_kinds(folder)
    with run_lock(folder.path):
        review = read_review(path)
        if decision == APPROVED and review["verdict"] != RELEASED:
            raise ConfigError(
                f"the review of {directory} is {review['verdict']!r}, expected {RELEASED!r}: an "
                "approval overrides no rule. Nothing was written."
            )
        approval = Approval(
            decision=decision,
            by=by,
            because=because,
            date=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            review=review_hash(path.read_bytes()),
            model=model_of(review),
        )
        check_page(folder)
        atomic_write(folder.approval, dump(approval))
        show_decision(folder)
    return folder.approval
