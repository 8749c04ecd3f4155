"""A label policy applied to a block of rows: accepted and rejected rows, and their counts."""

import math
from collections import Counter
from collections.abc import Callable
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from components.label_validator.checks import (
    CHECKS,
    CheckResult,
    LabelDecisions,
    RowBlock,
    decide_label,
)
from components.label_validator.encoded_rows import NO_REASON, Integers, LabelColumn, Mask
from components.label_validator.row_index import ROLES, person_hashes
from components.label_validator.text_counts import Occurrence, rejected_texts, unknown_texts
from components.label_validator.text_hash import Hashes
from schemas.labels.classes import UNKNOWN, age_table, race_table
from schemas.labels.policies import decide_age, decide_gender, decide_race
from schemas.labels.rejection_reasons import REASONS, STAGE_LABELS
from schemas.labels.vocabularies import LABELS
from schemas.tables import MANIFEST, REJECTS

# {(columns, values of a group, rejected): rows}.
GroupCounts = Counter[tuple[tuple[str, ...], tuple[str, ...], bool]]


class JudgedBlock(NamedTuple):
    """The accepted and the rejected rows of a block."""

    accepted: pa.Table  # MANIFEST, with class names.
    rejects: pa.Table  # REJECTS.
    rules: pa.Array  # The age rule of each accepted row, null without an age class.
    people: dict[str, Hashes]  # Subject and photographer of each accepted row; 0 without one.
    shares: GroupCounts
    rejected_texts: list[Occurrence]
    unknown_texts: list[Occurrence]


def apply_policy(block: RowBlock) -> JudgedBlock:
    """Accept or reject every row of a block."""
    results = [check(block) for check in CHECKS]
    ranks = np.stack([result.ranks for result in results])
    first = ranks.min(axis=0)
    accepted = first == NO_REASON
    details = _details(results, np.where(accepted, -1, ranks.argmin(axis=0)))
    decisions = {label: decide_label(label, block.rows, block.labels) for label in LABELS}
    return JudgedBlock(
        accepted=_accepted(block.rows.table, decisions, pa.array(accepted)),
        rejects=_rejects(block.rows.table, first, details),
        rules=decisions["age"].rules.filter(pa.array(accepted)),
        people={role: person_hashes(block.rows, role)[accepted] for role in ROLES},
        shares=_shares(block, accepted),
        rejected_texts=rejected_texts(block.rows, decisions, first),
        unknown_texts=unknown_texts(block.rows, decisions, accepted),
    )


def accepts(block: RowBlock) -> Mask:
    """Whether each row of a block passes every check."""
    passed: Mask = np.all([check(block).ranks == NO_REASON for check in CHECKS], axis=0)
    return passed


def _details(results: list[CheckResult], deciding: Integers) -> pa.Array:
    """The messages of the check that rejected each row, in the order of rows."""
    positions = [np.flatnonzero(deciding == number) for number in range(len(results))]
    texts = [
        result.details(rows) if len(rows) else pa.array([], pa.string())
        for result, rows in zip(results, positions, strict=True)
    ]
    order = np.argsort(np.concatenate(positions), kind="stable")
    return pa.concat_arrays(texts).take(pa.array(order))


def _accepted(rows: pa.Table, decisions: dict[str, LabelDecisions], accepted: pa.Array) -> pa.Table:
    table = rows.select(MANIFEST.names)
    for label, decision in decisions.items():
        column = table.schema.get_field_index(label)
        table = table.set_column(column, table.schema.field(column), decision.classes)
    return table.filter(accepted).cast(MANIFEST)


def _rejects(rows: pa.Table, ranks: Integers, details: pa.Array) -> pa.Table:
    rejected = ranks < NO_REASON
    table = rows.select(MANIFEST.names).filter(pa.array(rejected))
    column = table.schema.get_field_index("detail")
    table = table.set_column(column, table.schema.field(column), details)
    reasons = pa.array(REASONS).take(pa.array(ranks[rejected]))
    table = table.append_column(REJECTS.field("reason"), reasons)
    stage = pa.repeat(STAGE_LABELS, table.num_rows)
    return table.append_column(REJECTS.field("stage"), stage).cast(REJECTS)


def _shares(block: RowBlock, accepted: Mask) -> GroupCounts:
    """Accepted and rejected rows of each group; the group of an age is the nearest class."""
    rows, classes = block.rows, age_table(block.labels.classes)
    races = race_table(block.labels.tables)
    named = {
        "gender": _names(rows.genders, lambda text: decide_gender(text).target),
        "age": _names(rows.ages, lambda text: decide_age(text, "nearest", classes).target),
        "race": _names(rows.races, lambda text: decide_race(text, races).target),
    }
    counts: GroupCounts = Counter()
    for number in range(1, len(named) + 1):
        for columns in combinations(named, number):
            parts = [named[column] for column in columns]
            sizes = [len(names) for _, names in parts]
            group = np.ravel_multi_index([codes for codes, _ in parts], sizes)
            for rejected in (False, True):
                found = np.bincount(group[accepted != rejected], minlength=math.prod(sizes))
                for place in np.flatnonzero(found):
                    codes = np.unravel_index(place, sizes)
                    values = tuple(
                        names[code] for (_, names), code in zip(parts, codes, strict=True)
                    )
                    counts[columns, values, rejected] += int(found[place])
    return counts


def _names(texts: LabelColumn, name_of: Callable[[str], str | None]) -> tuple[Integers, list[str]]:
    """(number of each row's group, names of the groups); the last one is of unknown people."""
    by_text = [name_of(reading.meaning) or UNKNOWN for reading in texts.readings]
    names = [*dict.fromkeys(name for name in by_text if name != UNKNOWN), UNKNOWN]
    numbers = np.array([*map(names.index, by_text), len(names) - 1])  # Code -1: the last item.
    return numbers[texts.codes], names
