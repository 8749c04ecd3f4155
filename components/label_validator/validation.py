"""Validation of a manifest: every row is accepted, or rejected for one reason.

Rows are read twice, in blocks: the first pass indexes all rows (repeats, conflicts and people in
two folds need them all), the second applies the policy. Where pictures are near repeats, a pass
between the two finds out which of their rows the policy accepts.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from types import MappingProxyType
from typing import IO, Any

import dask
import numpy as np
import pyarrow as pa

from components.label_validator.apply_policy import JudgedBlock, accepts, apply_policy
from components.label_validator.checks import RowBlock
from components.label_validator.duplicates import RowGroups, find_groups
from components.label_validator.encoded_rows import Mask, encode_rows
from components.label_validator.label_report import LabelCounts
from components.label_validator.near_repeats import NearIndex, NearPairs, find_near_repeats
from components.label_validator.report_builder import ReportBuilder
from components.label_validator.row_index import RowIndex
from schemas.config.blocks import LabelsConfig
from schemas.labels.policies import policy_of
from schemas.parquet import TableWriter
from schemas.tables import MANIFEST, MANIFEST_FILE, REJECTS, REJECTS_FILE, REPORT_FILE
from schemas.task_stream import stream

BLOCK_ROWS = 1 << 15

_PLAIN: Mapping[str, str] = MappingProxyType({})  # Every source has encode_rows' default.

ReadTables = Callable[[], Iterable[pa.Table]]
OpenFile = Callable[[str], AbstractContextManager[IO[bytes]]]  # By name, for writing.


class LabelValidation:
    """Both passes over the rows: `add` them all, then `write_outputs`."""

    def __init__(self, labels: LabelsConfig, vocabularies: Mapping[str, str] = _PLAIN) -> None:
        """Set the config, and the vocabulary of each source name."""
        self._labels = labels
        self._near = NearIndex()
        self._vocabularies = vocabularies
        self._index = RowIndex(photos=policy_of(labels.policy).single_gender_photos)

    def add(self, table: pa.Table) -> None:
        """Index the next rows (first pass)."""
        for block in _blocks([table]):
            rows = encode_rows(block, self._vocabularies)
            if self._labels.near_repeats != "off":
                self._near.add(rows, len(self._index.faces.values))
            self._index.add(rows)

    def write_outputs(
        self, read_tables: ReadTables, notes: Sequence[str], open_file: OpenFile
    ) -> LabelCounts:
        """Apply the policy and write accepted rows, rejected rows and report (second pass).

        Args:
          read_tables: reads the rows that were added, in the same order; the tables may be cut
            differently. Called a second time if there are near repeats.
          notes: sentences for the report.
          open_file: opens an output file.

        Raises:
          DataError: a row was lost or duplicated (a defect of the program).
        """
        builder = ReportBuilder(self._labels)
        rows = len(self._index.faces.values)
        groups = find_groups(self._index)
        self._index.drop_comparison_data()
        near = self._near_repeats(read_tables, groups)
        if self._labels.near_repeats == "reject":
            groups = groups._replace(near=near.rejected())
        with (
            open_file(MANIFEST_FILE) as manifest_file,
            open_file(REJECTS_FILE) as rejects_file,
            TableWriter(manifest_file, MANIFEST) as accepted,
            TableWriter(rejects_file, REJECTS) as rejects,
        ):
            for judged in stream(self._tasks(_judge, read_tables(), groups)):
                accepted.write(judged.accepted)
                rejects.write(judged.rejects)
                builder.add(judged)
        report = builder.report(notes, rows=rows, near_repeats=near.report(self._index))
        with open_file(REPORT_FILE) as file:
            file.write(report.to_json().encode())
        return report

    def _near_repeats(self, read_tables: ReadTables, groups: RowGroups) -> NearPairs:
        """The near repeats among the rows that no other rule rejects."""
        pairs = find_near_repeats(self._near, groups)
        self._near = NearIndex()  # Frees its memory.
        rows = pairs.rows
        if not len(rows):
            return pairs
        accepted = [rows[:0]]
        start = 0
        for mask in stream(self._tasks(_accepts, read_tables(), groups)):
            first, last = np.searchsorted(rows, [start, start + len(mask)])
            accepted.append(rows[first:last][mask[rows[first:last] - start]])
            start += len(mask)
        return pairs.of_rows(np.concatenate(accepted))

    def _tasks(
        self, judge: Callable[["_TaskInput"], Any], tables: Iterable[pa.Table], groups: RowGroups
    ) -> Iterator[Any]:
        task = dask.delayed(judge, pure=False, traverse=False)
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

    def block(self) -> RowBlock:
        """The rows and the inputs of their checks."""
        rows = encode_rows(self.table, self.vocabularies)
        return RowBlock(rows, self.start, self.groups, self.labels)


def _judge(task: _TaskInput) -> JudgedBlock:
    return apply_policy(task.block())


def _accepts(task: _TaskInput) -> Mask:
    return accepts(task.block())


def _blocks(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    for table in tables:
        for start in range(0, table.num_rows, BLOCK_ROWS):
            yield table.slice(start, BLOCK_ROWS).combine_chunks()
