"""Results of a run and of its nodes."""

from typing import NamedTuple

DONE, REUSED = "done", "reused"


class NodeResult(NamedTuple):
    """The result of one node."""

    name: str
    result: str  # DONE or REUSED.
    seconds: float
    outputs: dict[str, list[str]]  # Output key to folders, relative to the run folder.


class Outcome(NamedTuple):
    """The result of a run."""

    summary: str  # The table to print.
    # Whether the model may be used: released, and not held back by a person. None: the run stopped
    # before the review.
    released: bool | None


class NodeFailedError(Exception):
    """A node failed, or was interrupted; the message is one line."""

    def __init__(self, node: str, message: str) -> None:
        super().__init__(f"{node} failed: {message}")
        self.node = node
        self.reason = message
