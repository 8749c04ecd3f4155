"""The checks of a row, each with its reasons; the first reason in order is the row's.

A check looks at a block of rows, and at what is known of all. A further one is a function here and
its place in CHECKS.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from components.label_validator.duplicates import Groups, Pairs
from components.label_validator.encoded_rows import NO_REASON, RANK, Codes, Integers, Mask, Rows
from components.label_validator.row_index import in_sorted, person_hashes, photo_hashes
from schemas.config.blocks import LabelsConfig
from schemas.labels.classes import RACES, TARGETS, age_table
from schemas.labels.policies import OFFICIAL, LabelDecision, decide_age, decide_gender

Ranks = npt.NDArray[np.int8]


class Block(NamedTuple):
    """Some rows to judge, and what they are judged by."""

    rows: Rows
    start: int  # Number of the first row among all.
    groups: Groups
    labels: LabelsConfig


class Finding(NamedTuple):
    """What one check says of every row."""

    ranks: Ranks  # Place of the reason in REASONS; NO_REASON where the check has no objection.
    details: Callable[[Integers], pa.Array]  # The words for some of its rows.


def _where(mask: Mask, reason: str) -> Ranks:
    return np.where(mask, RANK[reason], NO_REASON).astype(np.int8)


def find_faults(block: Block) -> Finding:
    """What the ingest saw: malformed rows, images that are missing or cannot be read."""
    faults, table = block.rows.faults, block.rows.table
    texts = faults.texts.to_pylist()
    ranks = np.array([*(RANK[text] for text in texts), NO_REASON], np.int8)
    return Finding(ranks[faults.codes], lambda places: _taken(table["detail"], places))


def find_repeats(block: Block) -> Finding:
    """The same face or content with the same labels, after its first row."""
    census = block.groups.census

    def words(_: int, other: int) -> str:
        return f"repeat of {census.place_in_words(other)}"

    return _pair_finding(block, block.groups.repeats, "repeat_of", words)


def find_conflicts(block: Block) -> Finding:
    """The same face or content with other labels: all of them."""
    census, names = block.groups.census, block.groups.labels
    codes = census.labels.values

    def words(row: int, other: int) -> str:
        return (
            f"labels {names[codes[row]]}, but {names[codes[other]]} at "
            f"{census.place_in_words(other)} for the same face or image content; correct or remove "
            "the wrong row"
        )

    return _pair_finding(block, block.groups.conflicts, "conflicting_labels", words)


def _pair_finding(
    block: Block, pairs: Pairs, reason: str, words: Callable[[int, int], str]
) -> Finding:
    size = len(block.rows.well_formed)
    found, others = pairs.within(block.start, size)
    ranks = np.full(size, NO_REASON, np.int8)
    ranks[found] = RANK[reason]

    def details(places: Integers) -> pa.Array:
        chosen = others[np.searchsorted(found, places)]
        rows = zip((places + block.start).tolist(), chosen.tolist(), strict=True)
        return pa.array([words(row, other) for row, other in rows], pa.string())

    return Finding(ranks, details)


def find_subject_folds(block: Block) -> Finding:
    """All rows of a subject that has rows in two folds."""
    return _fold_finding(block, "subject", block.rows.subjects)


def find_photographer_folds(block: Block) -> Finding:
    """All rows of a photographer that has rows in two folds."""
    return _fold_finding(block, "photographer", block.rows.photographers)


def _fold_finding(block: Block, role: str, people: Codes) -> Finding:
    folds = block.groups.people[role]
    torn = np.array(sorted(folds), np.uint64)
    persons = person_hashes(block.rows, role)
    mask = block.rows.well_formed & (in_sorted(persons, torn) >= 0)

    def details(places: Integers) -> pa.Array:
        texts = [
            f"{role} {people.text(place)!r} has rows in "
            f"{' and '.join(folds[int(persons[place])])}, "
            "expected one fold; move or remove the rows of one"
            for place in places.tolist()
        ]
        return pa.array(texts, pa.string())

    return Finding(_where(mask, "fold_conflict"), details)


_MIXED = (
    "the faces of this photo are labelled both m and f, expected one gender in a photo under this "
    "policy; correct a label, or choose another labels.policy"
)


def find_mixed_photos(block: Block) -> Finding:
    """All faces of a photo with faces of both genders, where the policy asks for one gender."""
    mixed = np.zeros(len(block.rows.well_formed), np.bool_)
    if len(block.groups.photos):
        photos = in_sorted(photo_hashes(block.rows), block.groups.photos)
        mixed = block.rows.well_formed & (photos >= 0)
    return Finding(
        _where(mixed, "mixed_gender_photo"), lambda places: pa.repeat(_MIXED, len(places))
    )


def find_label_reasons(block: Block) -> Finding:
    """The labels that the target needs and the policy does not accept."""
    labels = block.labels
    fates = {label: FATES[label](block.rows, labels) for label in TARGETS[labels.target]}
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


def _fates(
    column: Codes, fate_of: Callable[[str], LabelDecision], null: LabelDecision
) -> LabelFates:
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

    def fate_of(text: str) -> LabelDecision:
        return decide_age(text, labels.policy, classes)

    return _fates(rows.ages, fate_of, fate_of(""))


def _gender_fates(rows: Rows, labels: LabelsConfig) -> LabelFates:
    del labels
    return _fates(rows.genders, decide_gender, decide_gender(""))


def _race_fates(rows: Rows, labels: LabelsConfig) -> LabelFates:
    del labels
    detail = f"no race is given, expected one of {', '.join(RACES)}; use another labels.target"
    return _fates(
        rows.races,
        lambda text: LabelDecision(text, OFFICIAL),
        LabelDecision(None, "race_missing", detail),
    )


FATES: dict[str, Callable[[Rows, LabelsConfig], LabelFates]] = {
    "age": _age_fates,
    "gender": _gender_fates,
    "race": _race_fates,
}

CHECKS: tuple[Callable[[Block], Finding], ...] = (
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
