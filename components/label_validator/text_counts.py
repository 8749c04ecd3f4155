"""Label texts without a class: how often each occurs, and where first, in bounded memory."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from components.label_validator.checks import LabelDecisions
from components.label_validator.encoded_rows import RANK, EncodedRows, Integers, Mask
from schemas.labels.policies import AGE_UNKNOWN, GENDER_UNKNOWN, RACE_UNKNOWN
from schemas.labels.rejection_reasons import REASONS

_UNKNOWN = {"age": AGE_UNKNOWN, "gender": GENDER_UNKNOWN, "race": RACE_UNKNOWN}
LONGEST_TEXT = 100  # Characters of a text that are kept.
_KEPT = 2048  # Texts, and at most twice as many between two reductions.


class LabelText(NamedTuple):
    """A text of a label, cut after 100 characters, and why it has no class."""

    label: str
    text: str
    reason: str
    known: bool  # Whether the vocabulary knows it: it then needs a policy, not a meaning.


class TextRows(NamedTuple):
    """Rows of one text."""

    rows: int
    file: str  # Of the first row.
    line: int


Occurrence = tuple[LabelText, TextRows]


def rejected_texts(
    rows: EncodedRows, decisions: dict[str, LabelDecisions], ranks: Integers
) -> list[Occurrence]:
    """The texts for which rows of a block are rejected; `ranks`: the reason of each row."""
    found: list[Occurrence] = []
    for label, decision in decisions.items():
        reasons = [RANK[reason] for reason in REASONS if reason.startswith(f"{label}_")]
        mask = (ranks >= min(reasons)) & (ranks <= max(reasons))
        found += _texts(label, rows, decision, mask)
    return found


def unknown_texts(
    rows: EncodedRows, decisions: dict[str, LabelDecisions], accepted: Mask
) -> list[Occurrence]:
    """The unknown texts of accepted rows, whose target does not need the label."""
    found: list[Occurrence] = []
    for label, decision in decisions.items():
        mask = accepted & (decision.ranks == RANK[_UNKNOWN[label]])
        found += _texts(label, rows, decision, mask)
    return found


def _texts(
    label: str, rows: EncodedRows, decision: LabelDecisions, mask: Mask
) -> Iterator[Occurrence]:
    positions = np.flatnonzero(mask)
    _, first, counts = np.unique(
        decision.column.codes[positions], return_index=True, return_counts=True
    )
    for row, count in zip(positions[first].tolist(), counts.tolist(), strict=True):
        reading = decision.column.reading(row)
        text = "" if reading is None else reading.written
        reason = REASONS[decision.ranks[row]]
        place = rows.files.text(row) or "", rows.table["line"][row].as_py()
        known = reading is None or reading.known
        shown = text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + "..."
        yield LabelText(label, shown, reason, known), TextRows(count, *place)


class TextCounter:
    """The most frequent texts of a stream (Misra and Gries 1982).

    Exact up to 4,096 distinct texts. Beyond, a count is too low by `uncounted` at most, and a text
    with more rows than that is never lost.
    """

    def __init__(self) -> None:
        self.uncounted = 0
        self._counts: dict[LabelText, TextRows] = {}

    def add(self, occurrences: Iterable[Occurrence]) -> None:
        """Count the texts of the next rows."""
        for text, found in occurrences:
            before = self._counts.get(text)
            rows = found.rows + (before.rows if before else 0)
            self._counts[text] = (before or found)._replace(rows=rows)
            if len(self._counts) > 2 * _KEPT:
                self._reduce()

    def _reduce(self) -> None:
        """Subtract the count of the text that is one too many from all."""
        ordered = sorted((found.rows for found in self._counts.values()), reverse=True)
        excess = ordered[_KEPT]
        self.uncounted += excess
        self._counts = {
            text: found._replace(rows=found.rows - excess)
            for text, found in self._counts.items()
            if found.rows > excess
        }

    def most_frequent(self, limit: int) -> list[Occurrence]:
        """At most `limit` texts, the most frequent first, then by label and text."""
        return sorted(self._counts.items(), key=lambda item: (-item[1].rows, item[0]))[:limit]
