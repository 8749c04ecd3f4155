"""The checks of a row, each with its rejection reasons; the first reason in order decides.

A check reads a block of rows and the groups among all rows. A new check is a function here and an
entry of CHECKS.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from components.label_validator.duplicates import RowGroups, RowPairs
from components.label_validator.encoded_rows import (
    NO_REASON,
    RANK,
    EncodedColumn,
    EncodedRows,
    Integers,
    LabelColumn,
    Mask,
)
from components.label_validator.row_index import in_sorted, person_hashes, photo_hashes
from schemas.config.blocks import LabelsConfig
from schemas.labels.classes import TARGETS, age_table, race_table
from schemas.labels.policies import LabelDecision, decide_age, decide_gender, decide_race
from schemas.labels.vocabularies import MISSING, Reading

Ranks = npt.NDArray[np.int8]


class RowBlock(NamedTuple):
    """Consecutive rows, and the inputs of their checks."""

    rows: EncodedRows
    start: int  # Number of the first row among all.
    groups: RowGroups
    labels: LabelsConfig


class CheckResult(NamedTuple):
    """The result of one check for every row."""

    ranks: Ranks  # Index of the reason in REASONS; NO_REASON where the check passes.
    details: Callable[[Integers], pa.Array]  # Messages for the rows at some positions.


def _where(mask: Mask, reason: str) -> Ranks:
    return np.where(mask, RANK[reason], NO_REASON).astype(np.int8)


def check_faults(block: RowBlock) -> CheckResult:
    """Faults found by the ingest: malformed rows, missing or unreadable images."""
    faults, details = block.rows.faults, block.rows.table["detail"]
    ranks = np.array([*(RANK[text] for text in faults.texts.to_pylist()), NO_REASON], np.int8)
    return CheckResult(
        ranks[faults.codes],
        lambda positions: details.take(pa.array(positions)).combine_chunks(),
    )


def check_repeats(block: RowBlock) -> CheckResult:
    """The same face or content with the same labels, after its first row."""
    index = block.groups.row_index

    def message(_: int, other: int) -> str:
        return f"repeat of {index.location(other)}"

    return _pair_result(block, block.groups.repeats, "repeat_of", message)


def check_conflicts(block: RowBlock) -> CheckResult:
    """All rows of a face or content that has different labels."""
    index, names = block.groups.row_index, block.groups.labels
    codes = index.labels.values

    def message(row: int, other: int) -> str:
        return (
            f"labels {names[codes[row]]}, but {names[codes[other]]} at "
            f"{index.location(other)} for the same face or image content; correct or remove "
            "the wrong row"
        )

    return _pair_result(block, block.groups.conflicts, "conflicting_labels", message)


def _pair_result(
    block: RowBlock, pairs: RowPairs, reason: str, message: Callable[[int, int], str]
) -> CheckResult:
    size = len(block.rows.well_formed)
    rejected, others = pairs.within(block.start, size)
    ranks = np.full(size, NO_REASON, np.int8)
    ranks[rejected] = RANK[reason]

    def details(positions: Integers) -> pa.Array:
        named = others[np.searchsorted(rejected, positions)]
        rows = zip((positions + block.start).tolist(), named.tolist(), strict=True)
        return pa.array([message(row, other) for row, other in rows], pa.string())

    return CheckResult(ranks, details)


def check_subject_folds(block: RowBlock) -> CheckResult:
    """All rows of a subject with rows in two folds."""
    return _fold_result(block, "subject", block.rows.subjects)


def check_photographer_folds(block: RowBlock) -> CheckResult:
    """All rows of a photographer with rows in two folds."""
    return _fold_result(block, "photographer", block.rows.photographers)


def _fold_result(block: RowBlock, role: str, people: EncodedColumn) -> CheckResult:
    folds = block.groups.people[role]
    in_conflict = np.array(sorted(folds), np.uint64)
    persons = person_hashes(block.rows, role)
    mask = block.rows.well_formed & (in_sorted(persons, in_conflict) >= 0)

    def details(positions: Integers) -> pa.Array:
        texts = [
            f"{role} {people.text(position)!r} has rows in "
            f"{' and '.join(folds[int(persons[position])])}, "
            "expected one fold; move or remove the rows of one"
            for position in positions.tolist()
        ]
        return pa.array(texts, pa.string())

    return CheckResult(_where(mask, "fold_conflict"), details)


_MIXED = (
    "the faces of this photo are labelled both m and f, expected one gender in a photo under this "
    "policy; correct a label, or choose another labels.policy"
)


def check_mixed_photos(block: RowBlock) -> CheckResult:
    """All faces of a photo with both genders, if the policy requires one gender."""
    mixed = np.zeros(len(block.rows.well_formed), np.bool_)
    if len(block.groups.photos):
        photos = in_sorted(photo_hashes(block.rows), block.groups.photos)
        mixed = block.rows.well_formed & (photos >= 0)
    return CheckResult(
        _where(mixed, "mixed_gender_photo"), lambda positions: pa.repeat(_MIXED, len(positions))
    )


def check_labels(block: RowBlock) -> CheckResult:
    """Labels that the target requires and the policy does not accept."""
    labels = block.labels
    decisions = [decide_label(label, block.rows, labels) for label in TARGETS[labels.target]]
    ranks = np.stack([decision.ranks for decision in decisions])
    rejected = ranks != NO_REASON
    fatal = rejected.all(axis=0) if labels.partial == "keep" else rejected.any(axis=0)
    first = ranks.argmin(axis=0)

    def details(positions: Integers) -> pa.Array:
        columns = [decision.details(positions) for decision in decisions]
        return pc.choose(pa.array(first[positions]), *columns)

    return CheckResult(np.where(fatal, ranks.min(axis=0), NO_REASON).astype(np.int8), details)


def check_near_repeats(block: RowBlock) -> CheckResult:
    """All rows but the first with the same picture up to scale and encoding, if configured."""
    index = block.groups.row_index

    def message(_: int, other: int) -> str:
        return (
            f"the same picture up to scale and encoding as {index.location(other)}, which stays; "
            "labels.near_repeats=report keeps both"
        )

    return _pair_result(block, block.groups.near, "near_repeat", message)


CHECKS: tuple[Callable[[RowBlock], CheckResult], ...] = (
    check_faults,
    check_repeats,
    check_conflicts,
    check_subject_folds,
    check_photographer_folds,
    check_mixed_photos,
    check_labels,
    check_near_repeats,
)


class LabelDecisions(NamedTuple):
    """The decisions on one label for every row."""

    column: LabelColumn
    classes: pa.Array  # Class names, null where the text is rejected.
    rules: pa.Array  # Name of the rule that gave the class, null without a class.
    ranks: Ranks  # Of the rejection's reason; NO_REASON where there is a class.
    details: Callable[[Integers], pa.Array]


_NO_TEXT = Reading("", MISSING, known=True)


def decide_label(label: str, rows: EncodedRows, labels: LabelsConfig) -> LabelDecisions:
    """Decide on `age`, `gender` or `race` of every row; each distinct text is decided once."""
    column: LabelColumn = {"age": rows.ages, "gender": rows.genders, "race": rows.races}[label]
    decide = _decider(label, labels)
    decisions = [decide(reading) for reading in (*column.readings, _NO_TEXT)]  # Null: the last one.
    codes = np.where(column.codes < 0, len(decisions) - 1, column.codes)
    is_class = [decision.target is not None for decision in decisions]
    both = list(zip(decisions, is_class, strict=True))
    ranks = np.array([NO_REASON if fine else RANK[decision.rule] for decision, fine in both])
    rules = [decision.rule if fine else None for decision, fine in both]
    details = pa.array([decision.detail for decision in decisions], pa.string())
    index = pa.array(codes)
    return LabelDecisions(
        column=column,
        classes=pa.array([decision.target for decision in decisions], pa.string()).take(index),
        rules=pa.array(rules, pa.string()).take(index),
        ranks=ranks[codes].astype(np.int8),
        details=lambda positions: details.take(pa.array(codes[positions])),
    )


def _decider(label: str, labels: LabelsConfig) -> Callable[[Reading], LabelDecision]:
    if label == "gender":
        return lambda reading: decide_gender(reading.meaning, reading.written)
    if label == "race":
        races = race_table(labels.tables)
        return lambda reading: decide_race(reading.meaning, races, reading.written)
    ages = age_table(labels.classes)
    return lambda reading: decide_age(reading.meaning, labels.policy, ages, reading.written)
