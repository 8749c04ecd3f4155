"""Parts of the page that are not of the review itself: a person's decision, and earlier reviews.

They are inserted into a copy of the page, between comments that name their places.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from components.bias_review.output.environment import make_environment
from schemas.release.approval import Approval

DECISION, HISTORY = "decision", "history"


class PastReview(NamedTuple):
    """One line of the history: accuracies in [0, 1], of the first head."""

    run: str
    date: str  # ISO 8601, UTC.
    verdict: str  # As in review.json.
    overall: float
    worst: float | None  # None: no group was judged.
    worst_group: str
    hash: str  # Of review.json.


def insert(page: str, decision: Approval | None, past: Sequence[PastReview]) -> str:
    """The page with a decision and a history in place of earlier ones.

    Args:
      page: `index.html` of a review.
      decision: on this review, if any.
      past: reviews of the run, the oldest first.
    """
    templates = make_environment()
    decided = templates.get_template("inserts/decision.html.j2").render(decision=decision)
    earlier = templates.get_template("inserts/history.html.j2").render(past=past)
    return _replace(_replace(page, DECISION, decided), HISTORY, earlier)


def _replace(page: str, name: str, text: str) -> str:
    """Put a text between the comments of this name, in place of what is there."""
    between = re.compile(f"<!--{name}-->.*?<!--/{name}-->", re.DOTALL)
    return between.sub(lambda _: f"<!--{name}-->{text}<!--/{name}-->", page)
