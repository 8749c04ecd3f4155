"""Every row of a manifest on exactly one side: accepted, or rejected with one reason.

Rows pass twice, in blocks: first all are looked at, for what only all of them tell (repeats,
conflicts, people in two folds), then each is judged.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import IO, Any, NamedTuple

import dask
import pyarrow as pa

from components.label_validator.apply_policy import Judged, judge
from components.label_validator.checks import Block
from components.label_validator.duplicates import Groups, find_groups
from components.label_validator.encoded_rows import read_rows
from components.label_validator.label_report import LabelReport
from components.label_validator.report_builder import Tally
from components.label_validator.row_index import Census
from schemas.config.blocks import LabelsConfig
from schemas.errors import DataError
from schemas.labels.policies import policy_of
from schemas.parquet import TableWriter
from schemas.tables import MANIFEST, MANIFEST_FILE, REJECTS, REJECTS_FILE, REPORT_FILE
from schemas.task_stream import stream

BLOCK_ROWS = 1 << 15

Write = Callable[[pa.Table], Any]


class Validation(NamedTuple):
    """The two sides, and their counts."""

    accepted: pa.Table  # MANIFEST, with class names.
    rejects: pa.Table  # REJECTS.
    report: LabelReport


class Survey:
    """All rows, seen once: what is needed to judge them."""

    def __init__(self, labels: LabelsConfig) -> None:
        self.labels = labels
        self._census = Census(photos=policy_of(labels.policy).single_gender_photos)

    def add(self, table: pa.Table) -> None:
        """Look at the rows that follow those seen already."""
        for block in _blocks([table]):
            self._census.add(read_rows(block))

    def judge(
        self, tables: Iterable[pa.Table], notes: Sequence[str], accept: Write, reject: Write
    ) -> LabelReport:
        """Judge the same rows again, in the same order.

        Args:
          tables: the rows, cut in any way.
          notes: sentences for the report.
          accept: takes accepted rows, as tables of MANIFEST.
          reject: takes rejected rows, as tables of REJECTS.

        Raises:
          DataError: a row was lost or doubled (a defect of the program).
        """
        tally = Tally(self.labels)
        rows = len(self._census.faces.values)
        groups = find_groups(self._census)
        self._census.forget()
        for judged in stream(_tasks(tables, groups, self.labels)):
            accept(judged.accepted)
            reject(judged.rejects)
            tally.add(judged)
        return tally.report(notes, rows=rows)


def _tasks(tables: Iterable[pa.Table], groups: Groups, labels: LabelsConfig) -> Iterator[Any]:
    task = dask.delayed(_judge, pure=False, traverse=False)
    start = 0
    for block in _blocks(tables):
        yield task(_Part(block, start, groups, labels))
        start += block.num_rows


class _Part:
    """A block to judge; opaque to Dask, which would look through a tuple."""

    def __init__(self, table: pa.Table, start: int, groups: Groups, labels: LabelsConfig) -> None:
        self.table, self.start, self.groups, self.labels = table, start, groups, labels


def _judge(part: _Part) -> Judged:
    return judge(Block(read_rows(part.table), part.start, part.groups, part.labels))


def _blocks(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    for table in tables:
        for at in range(0, table.num_rows, BLOCK_ROWS):
            yield table.slice(at, BLOCK_ROWS).combine_chunks()


def validate(manifest: pa.Table, labels: LabelsConfig, notes: Sequence[str] = ()) -> Validation:
    """Apply a label policy to every row of a table of `schemas.tables.MANIFEST`."""
    survey = Survey(labels)
    survey.add(manifest)
    accepted, rejects = [_empty(MANIFEST)], [_empty(REJECTS)]
    report = survey.judge([manifest], notes, accepted.append, rejects.append)
    found = Validation(pa.concat_tables(accepted), pa.concat_tables(rejects), report)
    if found.accepted.num_rows + found.rejects.num_rows != manifest.num_rows:
        raise DataError(
            f"{manifest.num_rows} rows came, {found.accepted.num_rows} were accepted and "
            f"{found.rejects.num_rows} rejected, expected every row on one side; report this "
            "defect."
        )
    return found


def _empty(schema: pa.Schema) -> pa.Table:
    return schema.empty_table()


Open = Callable[[str], AbstractContextManager[IO[bytes]]]


def write_outputs(
    survey: Survey, tables: Iterable[pa.Table], notes: Sequence[str], open_file: Open
) -> LabelReport:
    """Judge all rows and write the three files.

    Args:
      survey: that has seen the rows.
      tables: the same rows again.
      notes: sentences for the report.
      open_file: opens one file for writing bytes, by its name.
    """
    with (
        open_file(MANIFEST_FILE) as good,
        open_file(REJECTS_FILE) as bad,
        TableWriter(good, MANIFEST) as accepted,
        TableWriter(bad, REJECTS) as rejects,
    ):
        report = survey.judge(tables, notes, accepted.write, rejects.write)
    with open_file(REPORT_FILE) as file:
        file.write(report.to_json().encode())
    return report
