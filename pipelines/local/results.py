"""How a run and its nodes ended."""

from collections.abc import Sequence
from typing import NamedTuple


class NodeResult(NamedTuple):
    """What became of one node."""

    name: str
    result: str  # `done` or `reused`.
    seconds: float
    outputs: dict[str, list[str]]  # Output key to folders, relative to the run folder.


class Outcome(NamedTuple):
    """How a run ended."""

    summary: str  # The table to print.
    blessed: bool | None  # None: the run stopped before the review.


class NodeFailedError(Exception):
    """A node failed, or was interrupted; the message is one line."""

    def __init__(self, node: str, message: str) -> None:
        super().__init__(f"{node} failed: {message}")
        self.node = node
        self.reason = message


def together(failures: Sequence[NodeFailedError]) -> NodeFailedError:
    """One failure or several as one error, whose message is still one line."""
    first, *others = failures
    return NodeFailedError(first.node, "; ".join([first.reason, *map(str, others)]))
