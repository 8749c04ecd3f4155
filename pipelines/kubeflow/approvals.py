"""A person's decision on a review that `kubeflow.store` keeps."""

from pathlib import Path

from components.bias_review.output.inserts import insert
from pipelines.kubeflow import kept
from schemas.artifact_files import PAGE_FILE, REVIEW_FILE
from schemas.errors import ConfigError
from schemas.files import atomic_write
from schemas.release.approval import dump, review_hash, sign


def is_kept_review(directory: Path) -> bool:
    """Whether a folder is one of the reviews of a store."""
    folder = directory.absolute()
    return folder.parent.name == kept.REVIEWS and (folder / REVIEW_FILE).is_file()


def decide_kept(directory: Path, decision: str, by: str, because: str) -> Path:
    """Write the decision where Pusher looks for it, and show it on the kept page; return the path.

    Args:
      directory: `<store>/reviews/<hash of the review>`.
      decision: APPROVED or REFUSED.
      by: name of the person.
      because: the reason.

    Raises:
      ConfigError: the review is damaged, or a model is to be approved that it did not release.
    """
    folder = directory.absolute()
    digest = review_hash((folder / REVIEW_FILE).read_bytes())
    if digest != folder.name:
        raise ConfigError(
            f"{folder / REVIEW_FILE} has the hash {digest[:16]}..., expected that of its folder's "
            "name: it was changed. Remove the folder; the next run keeps the review anew."
        )
    approval = sign(folder / REVIEW_FILE, decision, by, because)
    page = folder / PAGE_FILE
    if page.is_file():
        atomic_write(page, insert(page.read_text(encoding="utf-8"), approval, []))
    path = folder.parents[1] / kept.APPROVALS / f"{digest}.json"
    atomic_write(path, dump(approval))
    return path
