"""Every row of a manifest on exactly one side: accepted, or rejected with one reason."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from components.label_validator.checks import CHECKS, FATES, Finding, LabelFates
from components.label_validator.report import LabelReport, count_rows
from components.label_validator.rows import NO_REASON, Integers, Rows, read_rows
from schemas.config import LabelsConfig
from schemas.errors import DataError
from schemas.reasons import REASONS, STAGE_LABELS
from schemas.records import MANIFEST, REJECTS


class Validation(NamedTuple):
    """The two sides, and their counts."""

    accepted: pa.Table  # MANIFEST, with class names.
    rejects: pa.Table  # REJECTS.
    report: LabelReport


def validate(manifest: pa.Table, labels: LabelsConfig, notes: Sequence[str] = ()) -> Validation:
    """Apply a label policy to every row.

    Args:
      manifest: a table of `schemas.records.MANIFEST`, as FaceIngest wrote it.
      labels: policy, target and classes.
      notes: sentences for the report.

    Raises:
      DataError: a row was lost or doubled (a defect of the program).
    """
    rows = read_rows(manifest)
    verdicts = _judge(rows, labels)
    fates = {label: fate(rows, labels) for label, fate in FATES.items()}
    fine = pa.array(verdicts.ranks == NO_REASON)
    accepted = _accepted(manifest, fates, fine)
    rejects = _rejects(manifest, verdicts)
    _check_rows(manifest, accepted, rejects)
    report = count_rows(accepted, rejects, labels, fates["age"].rules.filter(fine), notes)
    return Validation(accepted, rejects, report)


class _Verdicts(NamedTuple):
    ranks: Integers  # Of the first reason in order; NO_REASON where the row is accepted.
    details: pa.Array  # Of the rejected rows, in their order.


def _judge(rows: Rows, labels: LabelsConfig) -> _Verdicts:
    findings = [check(rows, labels) for check in CHECKS]
    ranks = np.stack([finding.ranks for finding in findings])
    first = ranks.min(axis=0)
    return _Verdicts(
        first, _details(findings, np.where(first < NO_REASON, ranks.argmin(axis=0), -1))
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


def _accepted(manifest: pa.Table, fates: dict[str, LabelFates], fine: pa.Array) -> pa.Table:
    table = manifest.select(MANIFEST.names)
    for label, fate in fates.items():
        place = table.schema.get_field_index(label)
        table = table.set_column(place, table.schema.field(place), fate.classes)
    return table.filter(fine).cast(MANIFEST)


def _rejects(manifest: pa.Table, verdicts: _Verdicts) -> pa.Table:
    rejected = verdicts.ranks < NO_REASON
    table = manifest.select(MANIFEST.names).filter(pa.array(rejected))
    place = table.schema.get_field_index("detail")
    table = table.set_column(place, table.schema.field(place), verdicts.details)
    reasons = pa.array(REASONS).take(pa.array(verdicts.ranks[rejected]))
    table = table.append_column(REJECTS.field("reason"), reasons)
    stage = pa.repeat(STAGE_LABELS, table.num_rows)
    return table.append_column(REJECTS.field("stage"), stage).cast(REJECTS)


def _check_rows(manifest: pa.Table, accepted: pa.Table, rejects: pa.Table) -> None:
    if accepted.num_rows + rejects.num_rows != manifest.num_rows:
        raise DataError(
            f"{manifest.num_rows} rows came, {accepted.num_rows} were accepted and "
            f"{rejects.num_rows} rejected, expected every row on one side; report this defect."
        )
