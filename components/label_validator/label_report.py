"""The label report: what was accepted and rejected, as JSON and as tables to read."""

import json
from typing import Any, NamedTuple

Table = dict[str, dict[str, int]]
Share = dict[str, float]  # `rows`, `rejected` and `share`.


class LabelReport(NamedTuple):
    """Counts of rows; accepted + sum(rejected) == rows."""

    policy: str
    target: str
    rows: int
    unique: int  # Rows that repeat no other.
    accepted: int
    rejected: dict[str, int]  # By reason, in the order of REASONS.
    repaired: dict[str, int]  # Accepted rows by age rule, without the official one.
    by_fold: dict[str, int]  # Accepted rows.
    table: Table  # Accepted rows by gender and age class.
    notes: tuple[str, ...]
    by_class: dict[str, Table]  # Accepted rows by gender, age class and fold.
    subjects: Table  # Different subjects of the accepted rows by gender and age class.
    groups: dict[str, dict[str, Share]]  # Column to group to its rows and share of rejects.

    @property
    def reject_share(self) -> float:
        """Rejected rows over all rows, 0 where there is no row."""
        return (self.rows - self.accepted) / self.rows if self.rows else 0.0

    def to_dict(self) -> dict[str, Any]:
        """The report as plain values."""
        return self._asdict() | {"notes": list(self.notes)}

    def to_json(self) -> str:
        """The report as JSON, a line a value."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False) + "\n"


def render_text(report: LabelReport) -> str:
    """The report as tables for a terminal."""
    share = f"{report.reject_share:.1%} rejected"
    counts = f"rows {report.rows:,}, unique {report.unique:,}, accepted {report.accepted:,}"
    parts = [
        f"labels: policy {report.policy}, target {report.target}\n{counts}, {share}",
        _class_lines(report.table, "accepted"),
        _class_lines(report.subjects, "subjects"),
        _count_lines("accepted by fold", report.by_fold),
        _count_lines("repaired", report.repaired),
        _count_lines("rejected", report.rejected),
        _share_lines(report.groups),
        "\n".join(f"note: {note}" for note in report.notes),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _class_lines(table: Table, title: str) -> str:
    if not table:
        return ""
    ages = list(next(iter(table.values())))
    rows = [[title, *ages, "all"]]
    rows += [
        [gender, *(f"{count:,}" for count in counts.values()), f"{sum(counts.values()):,}"]
        for gender, counts in table.items()
    ]
    return _align(rows)


def _count_lines(title: str, counts: dict[str, int]) -> str:
    if not counts:
        return ""
    rows = [[f"  {name}", f"{count:,}"] for name, count in counts.items()]
    rows.append(["  all", f"{sum(counts.values()):,}"])
    return f"{title}\n{_align(rows)}"


def _share_lines(groups: dict[str, dict[str, Share]]) -> str:
    """A rule that rejects one group more often than another is a bias of its own."""
    rows = [["share rejected", "rows", "rejected", "share"]]
    for column, shares in groups.items():
        for name, one in shares.items():
            counts = f"{one['rows']:,}", f"{one['rejected']:,}", f"{one['share']:.1%}"
            rows.append([f"  {column} {name}", *counts])
    return _align(rows) if len(rows) > 1 else ""


def _align(rows: list[list[str]]) -> str:
    """Columns of equal width: the first to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
