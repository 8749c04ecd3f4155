"""A block of rows under a policy: both sides of it, and what the report counts."""

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from components.label_validator.checks import CHECKS, FATES, Block, Finding, LabelFates
from components.label_validator.encoded_rows import NO_REASON, Codes, Integers, Mask
from components.label_validator.row_index import person_hashes
from components.label_validator.text_hash import Hashes
from schemas.labels.classes import GENDERS, RACES, UNKNOWN, age_table
from schemas.labels.policies import decide_age
from schemas.labels.rejection_reasons import REASONS, STAGE_LABELS
from schemas.tables import MANIFEST, REJECTS


class Judged(NamedTuple):
    """What became of some rows."""

    accepted: pa.Table  # MANIFEST, with class names.
    rejects: pa.Table  # REJECTS.
    rules: pa.Array  # The age rule of each accepted row, null where age was not accepted.
    subjects: Hashes  # Of each accepted row; 0 where nobody is named.
    shares: Counter[tuple[str, str, bool]]  # (column, group, rejected) to rows.


def judge(block: Block) -> Judged:
    """Apply a label policy to every row of a block."""
    findings = [check(block) for check in CHECKS]
    ranks = np.stack([finding.ranks for finding in findings])
    first = ranks.min(axis=0)
    fine = first == NO_REASON
    details = _details(findings, np.where(fine, -1, ranks.argmin(axis=0)))
    fates = {label: fate(block.rows, block.labels) for label, fate in FATES.items()}
    return Judged(
        accepted=_accepted(block.rows.table, fates, pa.array(fine)),
        rejects=_rejects(block.rows.table, first, details),
        rules=fates["age"].rules.filter(pa.array(fine)),
        subjects=person_hashes(block.rows, "subject")[fine],
        shares=_shares(block, fine),
    )


def _details(findings: list[Finding], speaker: Integers) -> pa.Array:
    """The words of the check that spoke for each rejected row, in the order of rows."""
    places = [np.flatnonzero(speaker == number) for number in range(len(findings))]
    texts = [
        finding.details(chosen) if len(chosen) else pa.array([], pa.string())
        for finding, chosen in zip(findings, places, strict=True)
    ]
    order = np.argsort(np.concatenate(places), kind="stable")
    return pa.concat_arrays(texts).take(pa.array(order))


def _accepted(block: pa.Table, fates: dict[str, LabelFates], fine: pa.Array) -> pa.Table:
    table = block.select(MANIFEST.names)
    for label, fate in fates.items():
        place = table.schema.get_field_index(label)
        table = table.set_column(place, table.schema.field(place), fate.classes)
    return table.filter(fine).cast(MANIFEST)


def _rejects(block: pa.Table, ranks: Integers, details: pa.Array) -> pa.Table:
    rejected = ranks < NO_REASON
    table = block.select(MANIFEST.names).filter(pa.array(rejected))
    place = table.schema.get_field_index("detail")
    table = table.set_column(place, table.schema.field(place), details)
    reasons = pa.array(REASONS).take(pa.array(ranks[rejected]))
    table = table.append_column(REJECTS.field("reason"), reasons)
    stage = pa.repeat(STAGE_LABELS, table.num_rows)
    return table.append_column(REJECTS.field("stage"), stage).cast(REJECTS)


def _shares(block: Block, fine: Mask) -> Counter[tuple[str, str, bool]]:
    """Rows of each group on both sides; the group of an age is the nearest class."""
    rows, classes = block.rows, age_table(block.labels.classes)
    groups: dict[str, tuple[Codes, Callable[[str], str]]] = {
        "gender": (rows.genders, lambda text: text if text in GENDERS else UNKNOWN),
        "age": (rows.ages, lambda text: decide_age(text, "nearest", classes).target or UNKNOWN),
        "race": (rows.races, lambda text: text if text in RACES else UNKNOWN),
    }
    counted: Counter[tuple[str, str, bool]] = Counter()
    for column, (codes, name_of) in groups.items():
        names = [*(name_of(text) for text in codes.texts.to_pylist()), UNKNOWN]
        for rejected in (False, True):
            for name, count in zip(names, _counts(codes, fine != rejected), strict=True):
                if count:
                    counted[column, name, rejected] += int(count)
    return counted


def _counts(column: Codes, chosen: Mask) -> Integers:
    """Rows by text, those without one last."""
    codes = column.codes[chosen]
    size = len(column.texts)
    return np.bincount(np.where(codes < 0, size, codes), minlength=size + 1)
