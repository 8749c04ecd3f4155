"""The label report: what was accepted and rejected, as JSON and as tables to read."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from schemas.classes import UNKNOWN, class_names, table_name
from schemas.config import LabelsConfig
from schemas.errors import DataError
from schemas.labels import OFFICIAL, policy_of, rule_names
from schemas.reasons import REASONS

Table = dict[str, dict[str, int]]


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
    notes: tuple[str, ...] = ()

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


def count_rows(
    accepted: pa.Table,
    rejects: pa.Table,
    labels: LabelsConfig,
    rules: pa.Array,
    notes: Sequence[str],
) -> LabelReport:
    """Count both sides.

    Args:
      accepted: with class names.
      rejects: with reasons.
      labels: policy, target and classes.
      rules: the age rule of each accepted row, null where age was not accepted.
      notes: sentences that the report repeats.

    Raises:
      DataError: the counts do not add up (a defect of the program).
    """
    rows = accepted.num_rows + rejects.num_rows
    reasons, repairs = _counts(rejects["reason"]), _counts(rules)
    report = LabelReport(
        policy=table_name(labels.policy),
        target=labels.target,
        rows=rows,
        unique=rows - reasons.get("repeat_of", 0),
        accepted=accepted.num_rows,
        rejected=_in_order(reasons, REASONS),
        repaired=_in_order(repairs, _repairs(labels)),
        by_fold=_fold_counts(accepted, rejects),
        table=_class_table(accepted, labels),
        notes=tuple(notes),
    )
    if report.accepted + sum(report.rejected.values()) != report.rows:
        raise DataError(
            f"{report.accepted} accepted rows and {report.rejected} are not the {rows} rows that "
            "came, expected one reason of schemas/reasons.py for each; report this defect."
        )
    return report


def _repairs(labels: LabelsConfig) -> list[str]:
    return [rule for rule in rule_names(policy_of(labels.policy)) if rule != OFFICIAL]


def _counts(column: Any) -> dict[str, int]:
    """Rows by text; null is left out."""
    counted = pc.value_counts(column.drop_null()).to_pylist()
    return {item["values"]: item["counts"] for item in counted}


def _in_order(counts: dict[str, int], names: Sequence[str]) -> dict[str, int]:
    return {name: counts[name] for name in names if name in counts}


def _fold_counts(accepted: pa.Table, rejects: pa.Table) -> dict[str, int]:
    """Accepted rows of every fold; a fold that lost all its rows shows 0."""
    counts = _counts(accepted["fold"])
    folds = sorted({*counts, *_counts(rejects["fold"])} - {UNKNOWN})
    unknown = [UNKNOWN] if UNKNOWN in counts else []
    return {fold: counts.get(fold, 0) for fold in [*folds, *unknown]}


def _class_table(accepted: pa.Table, labels: LabelsConfig) -> Table:
    """Every class in order; `unknown` last, only where a label is missing."""
    pairs = pc.binary_join_element_wise(
        accepted["gender"].fill_null(UNKNOWN), accepted["age"].fill_null(UNKNOWN), "\t"
    )
    counts = _counts(pairs)
    genders, ages = (
        [*class_names(label, labels.classes), *_missing(accepted[label])]
        for label in ("gender", "age")
    )
    return {gender: {age: counts.get(f"{gender}\t{age}", 0) for age in ages} for gender in genders}


def _missing(column: pa.ChunkedArray) -> list[str]:
    return [UNKNOWN] if column.null_count else []


def render_text(report: LabelReport) -> str:
    """The report as tables for a terminal."""
    share = f"{report.reject_share:.1%} rejected"
    counts = f"rows {report.rows:,}, unique {report.unique:,}, accepted {report.accepted:,}"
    parts = [
        f"labels: policy {report.policy}, target {report.target}\n{counts}, {share}",
        _class_lines(report.table),
        _count_lines("accepted by fold", report.by_fold),
        _count_lines("repaired", report.repaired),
        _count_lines("rejected", report.rejected),
        "\n".join(f"note: {note}" for note in report.notes),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _class_lines(table: Table) -> str:
    ages = list(next(iter(table.values())))
    rows = [["accepted", *ages, "all"]]
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
