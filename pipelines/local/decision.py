"""Writes a person's decision on the review of a run folder."""

from pathlib import Path

from pipelines.local.run_folder.layout import check_kinds
from pipelines.local.run_folder.lock import run_lock
from pipelines.local.summary.published_review import check_page, reviewed_folder, show_decision
from schemas.artifact_files import REVIEW_FILE
from schemas.files import atomic_write
from schemas.release.approval import dump, sign


def decide_run(directory: Path, decision: str, by: str, because: str) -> Path:
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
        approval = sign(path, decision, by, because)
        check_page(folder)
        atomic_write(folder.approval, dump(approval))
        show_decision(folder)
    return folder.approval
