"""The table of predictions from parts that the workers write, without holding all rows.

A worker sorts a bounded number of rows into a part; the step then merges the parts. So the table
has the same rows in the same order on every runner.
"""

import heapq
import os
import uuid
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import apache_beam as beam
import pyarrow as pa
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.windowed_value import WindowedValue
from tfx.dsl.io import fileio

from components.evaluator.prediction_writer import Row, order
from schemas import parquet
from schemas.prediction_table import PREDICTIONS, PREDICTIONS_FILE

_PARTS = "parts"
_ROWS_OF_A_PART = 1 << 12  # A row takes 2.5 KB until it is in a table.
_ROWS_AT_ONCE = 1 << 7  # Of each part while merging.


class WriteParts(beam.DoFn):
    """Rows to the paths of sorted parts below a folder.

    A bundle that is tried again writes other parts; those of the first attempt are not named.
    """

    def __init__(self, folder: str, rows: int = _ROWS_OF_A_PART) -> None:
        self._folder = os.path.join(folder, _PARTS)
        self._limit = rows

    def start_bundle(self) -> None:
        """Begin a part."""
        self._rows: list[Row] = []

    def process(self, row: Row) -> Iterator[str]:
        """Add one row."""
        self._rows.append(row)
        if len(self._rows) == self._limit:
            yield self._write()

    def finish_bundle(self) -> Iterator[WindowedValue]:
        """Write the remaining rows."""
        if self._rows:
            window = GlobalWindow()
            yield WindowedValue(self._write(), window.max_timestamp(), [window])

    def _write(self) -> str:
        fileio.makedirs(self._folder)
        path = os.path.join(self._folder, f"{uuid.uuid4().hex}.parquet")
        _write_table(path, [to_table(sorted(self._rows, key=order))])
        self._rows = []
        return path


def to_table(rows: list[Row]) -> pa.Table:
    """Rows as a table of PREDICTIONS."""
    return pa.Table.from_pylist(rows, schema=PREDICTIONS)


def merge_parts(_: None, parts: Iterable[str], folder: str) -> None:
    """Merge sorted parts into the table below the folder."""
    rows = heapq.merge(*map(_read_rows, sorted(parts)), key=order)
    blocks = iter(lambda: list(islice(rows, _ROWS_OF_A_PART)), [])
    _write_table(os.path.join(folder, PREDICTIONS_FILE), map(to_table, blocks))


def remove_parts(folder: str) -> None:
    """Remove the parts, those of failed attempts too."""
    if fileio.exists(os.path.join(folder, _PARTS)):
        fileio.rmtree(os.path.join(folder, _PARTS))


def _read_rows(path: str) -> Iterator[dict[str, Any]]:
    with fileio.open(path, "rb") as file:
        for block in parquet.read_blocks(file, _ROWS_AT_ONCE):
            yield from block.to_pylist()


def _write_table(path: str, tables: Iterable[pa.Table]) -> None:
    with fileio.open(path, "wb") as file, parquet.TableWriter(file, PREDICTIONS) as writer:
        for table in tables:
            writer.write(table)
