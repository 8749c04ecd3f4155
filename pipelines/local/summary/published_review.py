"""The copy of a review in the run folder: with a person's decision and the earlier reviews.

The step's own output has neither, so that its hashes stay those of the review alone.
"""

import datetime
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from components.bias_review.output.inserts import PastReview, insert
from pipelines.local.run_folder.layout import RunFolder, publish
from schemas.artifact_files import PAGE_FILE, REVIEW_FILE
from schemas.errors import ConfigError
from schemas.files import atomic_write, name_in_errors, read_json
from schemas.metrics import ACCURACY
from schemas.release.approval import Approval, parse, read_text, review_hash
from schemas.release.review_record import model_of, read_review


def publish_review(folder: RunFolder, page: Path) -> dict[str, Any]:
    """Copy a review into the run folder, and add it to the history; return its review.json.

    Args:
      folder: of the run.
      page: folder of the step's output.
    """
    publish(page, folder.review)
    review = read_json(folder.review / REVIEW_FILE, "verdict")
    now = _past_review(folder, review)
    past = list(_history(folder))
    if not past or past[-1].hash != now.hash:
        path = folder.history
        with name_in_errors(path), path.open("ab+") as file:
            ended = not file.tell() or path.read_bytes().endswith(b"\n")
            line = json.dumps(now._asdict(), ensure_ascii=False)
            file.write(f"{'' if ended else chr(10)}{line}\n".encode())
    show_decision(folder)
    return review


def reviewed_folder(directory: Path) -> RunFolder:
    """The run folder `directory`. Raises ConfigError if it holds no review."""
    folder = RunFolder(directory.resolve())  # A link has another name than the run.
    path = folder.review / REVIEW_FILE
    if not path.is_file():
        raise ConfigError(
            f"{directory} holds no review (no {path.relative_to(folder.path)}), expected a run "
            "folder such as runs/demo. `facefold run CONFIG` makes one."
        )
    return folder


def check_page(folder: RunFolder) -> None:
    """Raise ConfigError if the published review has no page."""
    page = folder.review / PAGE_FILE
    if not page.is_file():
        raise ConfigError(
            f"{page} is missing, expected the page of the review. Run `facefold run` again; "
            "unchanged steps are reused."
        )


def show_decision(folder: RunFolder) -> None:
    """Write the decision on the published review, and the history, into its page."""
    page = folder.review / PAGE_FILE
    text = page.read_text(encoding="utf-8")
    atomic_write(page, insert(text, decision(folder), list(_history(folder))))


def decision(folder: RunFolder) -> Approval | None:
    """The decision, if it is on the published review."""
    text = read_text(folder.approval)
    if not text:
        return None
    path = folder.review / REVIEW_FILE
    approval, model = parse(text), model_of(read_review(path))
    return approval if approval.fits(review_hash(path.read_bytes()), model) else None


def _past_review(folder: RunFolder, review: dict[str, Any]) -> PastReview:
    first = review["overall"][0]
    worst = review["worst_groups"][first["head"]]
    return PastReview(
        run=folder.path.name,
        date=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        verdict=review["verdict"],
        overall=first[ACCURACY],
        worst=worst[ACCURACY] if worst else None,
        worst_group=worst["title"] if worst else "",
        hash=review_hash((folder.review / REVIEW_FILE).read_bytes()),
    )


def _history(folder: RunFolder) -> Iterator[PastReview]:
    """The reviews of this run, the oldest first; lines of another form are passed over."""
    path = folder.history
    if not path.is_file():
        return
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        with suppress(ValueError, TypeError, RecursionError):
            past = PastReview(**json.loads(line))
            if past.run == folder.path.name and _is_drawable(past):
                yield past


def _is_drawable(past: PastReview) -> bool:
    texts = (past.date, past.verdict, past.worst_group, past.hash)
    shares = (past.overall, 0.0 if past.worst is None else past.worst)
    return all(isinstance(text, str) for text in texts) and all(
        isinstance(share, int | float) and 0 <= share <= 1 for share in shares
    )
