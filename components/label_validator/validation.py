"""Validation of a manifest: every row is accepted, or rejected for one reason.

Rows are read twice, in blocks: the first pass indexes all rows (repeats, conflicts and people in
two folds need them all), the second applies the policy.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from types import MappingProxyType
from typing import IO, Any

import dask
import pyarrow as pa

from components.label_validator.apply_policy import JudgedBlock, apply_policy
from components.label_validator.checks import RowBlock
from components.label_validator.duplicates import RowGroups, find_groups
from components.label_validator.encoded_rows import encode_rows
from components.label_validator.label_report import LabelCounts
from components.label_validator.report_builder import ReportBuilder
from components.label_validator.row_index import RowIndex
from schemas.config.blocks import LabelsConfig
from schemas.labels.policies import policy_of
from schemas.parquet import TableWriter
from schemas.tables import MANIFEST, MANIFEST_FILE, REJECTS, REJECTS_FILE, REPORT_FILE
from schemas.task_stream import stream

BLOCK_ROWS = 1 << 15

_PLAIN: Mapping[str, str] = MappingProxyType({})  # Every source has encode_rows' default.

OpenFile = Callable[[str], AbstractContextManager[IO[bytes]]]  # By name, for writing.


class LabelValidation:
    """Both passes over the rows: `add` them all, then `write_outputs`."""

    def __init__(self, labels: LabelsConfig, vocabularies: Mapping[str, str] = _PLAIN) -> None:
        """Set the config, and the vocabulary of each source name."""
        self._labels = labels
        self._vocabularies = vocabularies
        self._index = RowIndex(photos=policy_of(labels.policy).single_gender_photos)

    def add(self, table: pa.Table) -> None:
        """Index the next rows (first pass)."""
        for block in _blocks([table]):
            self._index.add(encode_rows(block, self._vocabularies))

    def write_outputs(
        self, tables: Iterable[pa.Table], notes: Sequence[str], open_file: OpenFile
    ) -> LabelCounts:
        """Apply the policy and write accepted rows, rejected rows and report (second pass).

        Args:
          tables: the rows that were added, in the same order; the tables may be cut differently.
          notes: sentences for the report.
          open_file: opens an output file.

        Raises:
          DataError: a row was lost or duplicated (a defect of the program).
        """
        builder = ReportBuilder(self._labels)
        rows = len(self._index.faces.values)
        groups = find_groups(self._index)
        self._index.drop_comparison_data()
        with (
            open_file(MANIFEST_FILE) as manifest_file,
            open_file(REJECTS_FILE) as rejects_file,
            TableWriter(manifest_file, MANIFEST) as accepted,
            TableWriter(rejects_file, REJECTS) as rejects,
        ):
            for judged in stream(self._tasks(tables, groups)):
                accepted.write(judged.accepted)
                rejects.write(judged.rejects)
                builder.add(judged)
        report = builder.report(notes, rows=rows)
        with open_file(REPORT_FILE) as file:
            file.write(report.to_json().encode())
        return report

    def _tasks(self, tables: Iterable[pa.Table], groups: RowGroups) -> Iterator[Any]:
        task = dask.delayed(_judge, pure=False, traverse=False)
        start = 0
        for table in _blocks(tables):
            yield task(_TaskInput(table, start, groups, self._labels, self._vocabularies))
            start += table.num_rows


class _TaskInput:
    """The argument of a task; a class of its own, because Dask would traverse a tuple."""

    def __init__(
        self,
        table: pa.Table,
        start: int,
        groups: RowGroups,
        labels: LabelsConfig,
        vocabularies: Mapping[str, str],
    ) -> None:
        self.table, self.start, self.groups, self.labels = table, start, groups, labels
        self.vocabularies = vocabularies


def _judge(task: _TaskInput) -> JudgedBlock:
    rows = encode_rows(task.table, task.vocabularies)
    return apply_policy(RowBlock(rows, task.start, task.groups, task.labels))


def _blocks(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    for table in tables:
        for start in range(0, table.num_rows, BLOCK_ROWS):
            yield table.slice(start, BLOCK_ROWS).combine_chunks()
