"""Builds the label report, block by block."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations, product
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from components.label_validator.apply_policy import GroupCounts, JudgedBlock
from components.label_validator.encoded_rows import encode
from components.label_validator.label_report import LabelCounts, Share, Table, TextCount
from components.label_validator.row_index import ROLES, DistinctSet
from components.label_validator.text_counts import TextCounter
from schemas.config.blocks import LabelsConfig
from schemas.errors import DataError
from schemas.labels.classes import TARGETS, UNKNOWN, class_names, table_name
from schemas.labels.policies import OFFICIAL, policy_of, rule_names
from schemas.labels.rejection_reasons import REASONS
from schemas.slices import PEOPLE, joined

_LISTED_TEXTS = 50

CellKey = tuple[str, str, str]  # Gender, age class, fold.


class ReportBuilder:
    """Counts of rows, and the distinct subjects of each cell."""

    def __init__(self, labels: LabelsConfig) -> None:
        self._labels = labels
        self._accepted = 0
        self._reasons: Counter[str] = Counter()
        self._repairs: Counter[str] = Counter()
        self._folds: Counter[str] = Counter()  # Of rejected rows.
        self._cells: Counter[CellKey] = Counter()
        self._subjects: dict[tuple[str, str], DistinctSet] = {}
        self._shares: GroupCounts = Counter()
        self._races: Counter[tuple[str, str]] = Counter()  # Race and fold, if they are the target.
        self._rejected_texts, self._unknown_texts = TextCounter(), TextCounter()
        self._people = {role: DistinctSet() for role in ROLES}

    def add(self, judged: JudgedBlock) -> None:
        """Count one block."""
        self._accepted += judged.accepted.num_rows
        self._reasons.update(_counts(judged.rejects["reason"]))
        self._repairs.update(_counts(judged.rules))
        self._folds.update(_counts(judged.rejects["fold"]))
        self._shares.update(judged.shares)
        self._rejected_texts.add(judged.rejected_texts)
        self._unknown_texts.add(judged.unknown_texts)
        for role, people in judged.people.items():
            changed = np.append(True, people[1:] != people[:-1])[: len(people)]  # Often sorted.
            self._people[role].add(np.unique(people[changed & (people != 0)]))
        self._add_cells(judged)
        if "race" in TARGETS[self._labels.target]:
            self._races.update(_pair_counts(judged.accepted.select(["race", "fold"])))

    def _add_cells(self, judged: JudgedBlock) -> None:
        columns = [
            encode(judged.accepted[name].fill_null(UNKNOWN)) for name in ("gender", "age", "fold")
        ]
        joined = np.zeros(judged.accepted.num_rows, np.int64)
        for column in columns:
            joined = joined * len(column.texts) + column.codes
        cells = math.prod(len(column.texts) for column in columns)
        small = joined.astype(np.min_scalar_type(cells))  # Sorted by radix up to 16 bits.
        order = small.argsort(kind="stable")
        starts = np.flatnonzero(np.diff(joined[order], prepend=-1))
        for rows in np.split(order, starts[1:]) if len(order) else ():
            gender, age, fold = (str(column.text(rows[0])) for column in columns)
            self._cells[gender, age, fold] += len(rows)
            subjects = judged.people["subject"][rows]
            known = self._subjects.setdefault((gender, age), DistinctSet())
            known.add(np.unique(subjects[subjects != 0]))

    def report(
        self, notes: Sequence[str], *, rows: int, near_repeats: dict[str, Any]
    ) -> LabelCounts:
        """The report on all blocks that were added.

        Args:
          notes: sentences for the report.
          rows: number of rows of the manifest.
          near_repeats: of NearPairs.report.

        Raises:
          DataError: the counts do not add up (a defect of the program).
        """
        labels = self._labels
        people = {role: len(known.values) for role, known in self._people.items()}
        genders, ages = (self._names(label) for label in ("gender", "age"))
        report = LabelCounts(
            policy=table_name(labels.policy),
            target=labels.target,
            rows=rows,
            unique=rows - self._reasons["repeat_of"],
            accepted=self._accepted,
            rejected=_in_order(self._reasons, REASONS),
            repaired=_in_order(self._repairs, rule_names(policy_of(labels.policy))),
            by_fold=self._fold_counts(),
            table={g: {a: sum(self._cell(g, a).values()) for a in ages} for g in genders},
            notes=(*notes, *self._people_notes(people), *self._near_notes(near_repeats)),
            by_class={g: {a: self._cell(g, a) for a in ages} for g in genders},
            subjects=self._subject_table(genders, ages),
            groups=self._groups(),
            by_label={label: self._folds_by_class(label) for label in TARGETS[labels.target]},
            rejected_texts=_text_counts(self._rejected_texts),
            unknown_texts=_text_counts(self._unknown_texts),
            people=people,
            near_repeats=near_repeats,
        )
        if report.accepted + sum(report.rejected.values()) != report.rows:
            raise DataError(
                f"{report.accepted} accepted rows and {report.rejected} do not add up to {rows} "
                "rows, expected one reason of schemas/labels/rejection_reasons.py for each "
                "rejected row; report this defect."
            )
        return report

    def _people_notes(self, people: Mapping[str, int]) -> list[str]:
        """A note if all faces are of one person, so that no fold can be held out."""
        one = next((role for role in ROLES if people[role] == 1), None)
        if one is None or self._accepted < 2:
            return []
        folds = ", ".join(fold for fold, count in self._fold_counts().items() if count)
        faces = f"all {self._accepted} accepted faces are of one {one}"
        return [f"{faces}, hence of one fold ({folds}): none can be held out"]

    def _near_notes(self, near_repeats: dict[str, Any]) -> list[str]:
        """A note if pictures of two folds are near repeats and stay."""
        pairs = near_repeats["across_folds"]
        if not pairs or self._labels.near_repeats == "reject":
            return []
        what = "pair of pictures" if pairs == 1 else "pairs of pictures"
        note = f"{pairs} {what} in different folds: the same up to scale and encoding, a leak"
        return [f"near repeats: {note}; labels.near_repeats=reject keeps the first of each"]

    def _names(self, label: str) -> list[str]:
        """The classes in order, then `unknown` if a label is missing."""
        position = ("gender", "age").index(label)
        missing = any(cell[position] == UNKNOWN for cell in self._cells)
        return [*class_names(label, self._labels.classes), *([UNKNOWN] if missing else [])]

    def _cell(self, gender: str, age: str) -> dict[str, int]:
        folds = sorted(fold for *cell, fold in self._cells if cell == [gender, age])
        return {fold: self._cells[gender, age, fold] for fold in folds}

    def _folds_by_class(self, label: str) -> Table:
        """Accepted rows of each class of a label by fold."""
        counts: Counter[tuple[str, str]] = Counter(self._races)
        if label != "race":
            position = ("gender", "age").index(label)
            counts = Counter()
            for cell, count in self._cells.items():
                counts[cell[position], cell[2]] += count
        return {
            name: {fold: counts[one, fold] for one, fold in sorted(counts) if one == name}
            for name in class_names(label, self._labels.tables)
        }

    def _fold_counts(self) -> dict[str, int]:
        """Accepted rows of every fold; 0 for a fold whose rows are all rejected."""
        counts: Counter[str] = Counter()
        for (_, _, fold), count in self._cells.items():
            counts[fold] += count
        folds = sorted({*counts, *self._folds} - {UNKNOWN})
        unknown = [UNKNOWN] if UNKNOWN in counts else []
        return {fold: counts[fold] for fold in [*folds, *unknown]}

    def _subject_table(self, genders: list[str], ages: list[str]) -> Table:
        counts = {cell: len(subjects.values) for cell, subjects in self._subjects.items()}
        return {gender: {age: counts.get((gender, age), 0) for age in ages} for gender in genders}

    def _groups(self) -> dict[str, dict[str, Share]]:
        """The groups with rows of each column and, of known values, each combination of columns."""
        tables = {column: class_names(column, self._labels.tables) for column in PEOPLE}
        groups: dict[str, dict[str, Share]] = {}
        for number in range(1, len(tables) + 1):
            for columns in combinations(tables, number):
                unknown = (UNKNOWN,) if number == 1 else ()
                names = [(*tables[column], *unknown) for column in columns]
                shares = {
                    joined(values): share
                    for values in product(*names)
                    if (share := self._share(columns, values))
                }
                if shares.keys() - {UNKNOWN}:
                    groups[joined(columns)] = shares
        return groups

    def _share(self, columns: tuple[str, ...], values: tuple[str, ...]) -> Share | None:
        """Rows of a group and its share of rejects; None without rows."""
        rejected = self._shares[columns, values, True]
        rows = rejected + self._shares[columns, values, False]
        if not rows:
            return None
        return {"rows": rows, "rejected": rejected, "share": round(rejected / rows, 6)}


def _counts(column: pa.Array | pa.ChunkedArray) -> dict[str, int]:
    """Rows by text, without nulls."""
    counts: list[dict[str, Any]] = pc.value_counts(column.drop_null()).to_pylist()
    return {item["values"]: item["counts"] for item in counts}


def _pair_counts(table: pa.Table) -> dict[tuple[str, str], int]:
    """Rows by the texts of two columns, without nulls."""
    names = table.column_names
    counts = table.drop_null().group_by(names).aggregate([(names[0], "count")]).to_pylist()
    return {(row[names[0]], row[names[1]]): row[f"{names[0]}_count"] for row in counts}


def _text_counts(counter: TextCounter) -> tuple[TextCount, ...]:
    return tuple(
        text._asdict() | found._asdict() | {"at_most": found.rows + counter.uncounted}
        for text, found in counter.most_frequent(_LISTED_TEXTS)
    )


def _in_order(counts: Counter[str], names: Sequence[str]) -> dict[str, int]:
    return {name: counts[name] for name in names if counts[name] and name != OFFICIAL}
