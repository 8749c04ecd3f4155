"""The label report: counts of accepted and rejected rows."""

import json
from typing import Any, NamedTuple

Table = dict[str, dict[str, int]]
Share = dict[str, float]  # `rows`, `rejected` and `share`.
# `label`, `text`, `reason`, `known`, `rows`, `at_most` (more than `rows` where the memory for
# distinct texts was exhausted), and the first row's `file` and `line`.
TextCount = dict[str, str | int | bool]


class LabelCounts(NamedTuple):
    """Counts of a manifest's rows; accepted + sum(rejected) == rows."""

    policy: str
    target: str
    rows: int
    unique: int  # Rows without repeats.
    accepted: int
    rejected: dict[str, int]  # By reason, in the order of REASONS.
    repaired: dict[str, int]  # Accepted rows by age rule, without the official one.
    by_fold: dict[str, int]  # Accepted rows.
    table: Table  # Accepted rows by gender and age class.
    notes: tuple[str, ...]
    by_class: dict[str, Table]  # Accepted rows by gender, age class and fold.
    subjects: Table  # Distinct subjects of the accepted rows by gender and age class.
    groups: dict[str, dict[str, Share]]  # {column: {group: its rows and share of rejects}}.
    by_label: dict[str, Table]  # Accepted rows by label of the target, class and fold.
    rejected_texts: tuple[TextCount, ...]  # The most frequent first.
    unknown_texts: tuple[TextCount, ...]  # Of accepted rows, whose target needs another label.
    people: dict[str, int]  # Distinct subjects and photographers of the accepted rows.
    near_repeats: dict[str, Any]  # Of NearPairs.report: pairs of rows that no other rule rejects.

    @property
    def reject_share(self) -> float:
        """Rejected rows over all rows, both without repeats; 0 without rows."""
        return (self.unique - self.accepted) / self.unique if self.unique else 0.0

    def to_dict(self) -> dict[str, Any]:
        """The report as plain values."""
        lists = ("notes", "rejected_texts", "unknown_texts")
        return self._asdict() | {name: list(getattr(self, name)) for name in lists}

    def to_json(self) -> str:
        """The report as indented JSON."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False) + "\n"
