"""What the halves of the fuzz test report, as one table and the names below it."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

_COLUMNS = (
    "inputs", "accepted", "rejected", "undecided", "lost", "crashes", "hangs",
    "wrongly accepted", "wrongly rejected",
)  # fmt: skip


class Tally(NamedTuple):
    """The outcomes of one kind of input; names are those of single inputs, to draw them again."""

    kind: str
    inputs: int
    accepted: int
    rejected: int
    undecided: int  # Of the accepted and rejected ones: the oracle has no answer.
    lost: tuple[str, ...]  # Rows that are neither accepted nor rejected.
    crashes: tuple[str, ...]
    hangs: tuple[str, ...]
    wrongly_accepted: tuple[str, ...]
    wrongly_rejected: tuple[str, ...]

    @property
    def has_failed(self) -> bool:
        """Whether a row was lost or a process ended or stopped."""
        return bool(self.lost or self.crashes or self.hangs)


def lines(tallies: Sequence[Tally]) -> Iterator[str]:
    """One row for each kind, then the names."""
    width = max(len(tally.kind) for tally in tallies)
    yield "  ".join([" " * width, *_COLUMNS])
    for tally in tallies:
        counts = [value if isinstance(value, int) else len(value) for value in tally[1:]]
        cells = (f"{count:>{len(column)}}" for count, column in zip(counts, _COLUMNS, strict=True))
        yield "  ".join([f"{tally.kind:<{width}}", *cells])
    for column, field in zip(_COLUMNS[4:], Tally._fields[5:], strict=True):
        names = [name for tally in tallies for name in getattr(tally, field)]
        yield from (f"{column}: {name}" for name in names)
