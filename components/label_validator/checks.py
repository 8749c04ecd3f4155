"""The checks of a row, each with its reasons; the first reason in order is the row's.

A check looks at all rows at once. A further one is a function here and its place in CHECKS.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from components.label_validator.groups import (
    conflicting_rows,
    mixed_photos,
    people_in_two_folds,
    repeated_rows,
)
from components.label_validator.rows import NO_REASON, RANK, Codes, Integers, Mask, Rows
from schemas.classes import RACES, TARGETS, age_table
from schemas.config import LabelsConfig
from schemas.labels import OFFICIAL, Fate, age_fate, gender_fate, policy_of

Ranks = npt.NDArray[np.int8]


class Finding(NamedTuple):
    """What one check says of every row."""

    ranks: Ranks  # Place of the reason in REASONS; NO_REASON where the check has no objection.
    details: Callable[[Integers], pa.Array]  # The words for some of its rows.


def _where(mask: Mask, reason: str) -> Ranks:
    return np.where(mask, RANK[reason], NO_REASON).astype(np.int8)


def find_faults(rows: Rows, labels: LabelsConfig) -> Finding:
    """What the ingest saw: malformed rows, images that are missing or cannot be read."""
    del labels
    texts = rows.faults.texts.to_pylist()
    ranks = np.array([*(RANK[text] for text in texts), NO_REASON], np.int8)
    return Finding(ranks[rows.faults.codes], lambda places: _taken(rows.table["detail"], places))


def find_repeats(rows: Rows, labels: LabelsConfig) -> Finding:
    """The same face or content with the same labels, after its first row."""
    del labels
    first = repeated_rows(rows)
    mask = first != np.arange(len(first))
    return Finding(
        _where(mask, "repeat_of"),
        lambda places: _joined("repeat of ", _places_in_words(rows, first[places])),
    )


def find_conflicts(rows: Rows, labels: LabelsConfig) -> Finding:
    """The same face or content with other labels: all of them."""
    del labels
    other = conflicting_rows(rows)
    return Finding(
        _where(other >= 0, "conflicting_labels"),
        lambda places: _conflict_words(rows, places, other[places]),
    )


def _conflict_words(rows: Rows, places: Integers, other: Integers) -> pa.Array:
    return _joined(
        "labels ",
        _labels_in_words(rows, places),
        ", but ",
        _labels_in_words(rows, other),
        " at ",
        _places_in_words(rows, other),
        " for the same face or image content; correct or remove the wrong row",
    )


def find_subject_folds(rows: Rows, labels: LabelsConfig) -> Finding:
    """All rows of a subject that has rows in two folds."""
    del labels
    return _fold_finding(rows, "subject", rows.subjects)


def find_photographer_folds(rows: Rows, labels: LabelsConfig) -> Finding:
    """All rows of a photographer that has rows in two folds."""
    del labels
    return _fold_finding(rows, "photographer", rows.photographers)


def _fold_finding(rows: Rows, role: str, people: Codes) -> Finding:
    conflicts = people_in_two_folds(rows, people)

    def details(places: Integers) -> pa.Array:
        texts = [
            f"{role} {people.texts[person].as_py()!r} has rows in "
            f"{' and '.join(sorted(rows.folds.texts[fold].as_py() for fold in folds))}, "
            "expected one fold; move or remove the rows of one"
            for person, folds in conflicts.people
        ]
        return pa.array(texts, pa.string()).take(pa.array(conflicts.of_row[places]))

    return Finding(_where(conflicts.of_row >= 0, "fold_conflict"), details)


_MIXED = (
    "the faces of this photo are labelled both m and f, expected one gender in a photo under this "
    "policy; correct a label, or choose another labels.policy"
)


def find_mixed_photos(rows: Rows, labels: LabelsConfig) -> Finding:
    """All faces of a photo with faces of both genders, where the policy asks for one gender."""
    asked = policy_of(labels.policy).single_gender_photos
    mixed = mixed_photos(rows) if asked else np.zeros(len(rows.well_formed), np.bool_)
    return Finding(
        _where(mixed, "mixed_gender_photo"), lambda places: pa.repeat(_MIXED, len(places))
    )


def find_label_reasons(rows: Rows, labels: LabelsConfig) -> Finding:
    """The labels that the target needs and the policy does not accept."""
    fates = {label: FATES[label](rows, labels) for label in TARGETS[labels.target]}
    ranks = np.stack([fate.ranks for fate in fates.values()])
    lacking = ranks != NO_REASON
    fatal = lacking.all(axis=0) if labels.partial == "keep" else lacking.any(axis=0)
    first = ranks.argmin(axis=0)

    def details(places: Integers) -> pa.Array:
        columns = [fate.details(places) for fate in fates.values()]
        return pc.choose(pa.array(first[places]), *columns)

    return Finding(np.where(fatal, ranks.min(axis=0), NO_REASON).astype(np.int8), details)


class LabelFates(NamedTuple):
    """What becomes of one label in every row."""

    classes: pa.Array  # Class names, null where the text is rejected.
    rules: pa.Array  # The rule that gave the class, null where there is none.
    ranks: Ranks  # Of the rejection's reason; NO_REASON where there is a class.
    details: Callable[[Integers], pa.Array]


def _fates(column: Codes, fate_of: Callable[[str], Fate], null: Fate) -> LabelFates:
    """Judge each different text once; `null` is the fate of rows without a text."""
    fates = [*(fate_of(text) for text in column.texts.to_pylist()), null]
    codes = np.where(column.codes < 0, len(fates) - 1, column.codes)
    accepted = [fate.target is not None for fate in fates]
    ranks = np.array(
        [NO_REASON if fine else RANK[fate.rule] for fate, fine in zip(fates, accepted, strict=True)]
    )
    rules = [fate.rule if fine else None for fate, fine in zip(fates, accepted, strict=True)]
    details = pa.array([fate.detail for fate in fates], pa.string())
    index = pa.array(codes)
    return LabelFates(
        classes=pa.array([fate.target for fate in fates], pa.string()).take(index),
        rules=pa.array(rules, pa.string()).take(index),
        ranks=ranks[codes].astype(np.int8),
        details=lambda places: details.take(pa.array(codes[places])),
    )


def _age_fates(rows: Rows, labels: LabelsConfig) -> LabelFates:
    classes = age_table(labels.classes)

    def fate_of(text: str) -> Fate:
        return age_fate(text, labels.policy, classes)

    return _fates(rows.ages, fate_of, fate_of(""))


def _gender_fates(rows: Rows, labels: LabelsConfig) -> LabelFates:
    del labels
    return _fates(rows.genders, gender_fate, gender_fate(""))


def _race_fates(rows: Rows, labels: LabelsConfig) -> LabelFates:
    del labels
    detail = f"no race is given, expected one of {', '.join(RACES)}; use another labels.target"
    return _fates(rows.races, lambda text: Fate(text, OFFICIAL), Fate(None, "race_missing", detail))


FATES: dict[str, Callable[[Rows, LabelsConfig], LabelFates]] = {
    "age": _age_fates,
    "gender": _gender_fates,
    "race": _race_fates,
}

CHECKS: tuple[Callable[[Rows, LabelsConfig], Finding], ...] = (
    find_faults,
    find_repeats,
    find_conflicts,
    find_subject_folds,
    find_photographer_folds,
    find_mixed_photos,
    find_label_reasons,
)


def _taken(column: pa.ChunkedArray, places: Integers) -> pa.Array:
    return column.take(pa.array(places)).combine_chunks()


def _joined(*parts: pa.Array | str) -> pa.Array:
    return pc.binary_join_element_wise(*parts, "")


def _places_in_words(rows: Rows, places: Integers) -> pa.Array:
    """`<source>:<line>` of some rows."""
    lines = _taken(rows.table["line"], places).cast(pa.string())
    return _joined(_taken(rows.table["source"], places), ":", lines)


def _labels_in_words(rows: Rows, places: Integers) -> pa.Array:
    """The labels as written, such as `(25, 32) m`."""
    texts = [
        _taken(rows.table[name], places).fill_null("")
        for name in ("age_text", "gender_text", "race")
    ]
    return pc.utf8_trim_whitespace(pc.binary_join_element_wise(*texts, " "))
