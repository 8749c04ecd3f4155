"""Reading and writing Parquet files; equal rows give equal bytes."""

from collections.abc import Iterator, Sequence
from typing import IO, Self

import pyarrow as pa
import pyarrow.parquet as pq

ROW_GROUP = 1 << 17  # Rows of each row group.

# Columns with few distinct values; a dictionary of any other costs time and saves no space.
_REPETITIVE = (
    "subject", "photographer", "fold", "age", "gender", "race", "age_text", "gender_text",
    "race_text", "fault", "source", "reason", "stage", "yaw", "tilt", "landmark_score", "head",
    "height", "width", "blur", "brightness", "face_found", "face_score", "roll",
)  # fmt: skip


class _Sink:
    """An open binary file with at least `write`, in the form that Arrow expects."""

    closed = False

    def __init__(self, sink: IO[bytes]) -> None:
        self._sink = sink
        self.failed = False

    def write(self, data: bytes) -> int:
        """Write the bytes; discard them after a failure, as Arrow still writes a valid footer."""
        if not self.failed:
            self._sink.write(data)
        return len(data)

    def flush(self) -> None:
        """Do nothing: the owner of the file flushes it."""


class _Source:
    """An open seekable file in the form that Arrow expects; TFX's lacks `closed`."""

    closed = False

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self.tell = source.tell

    def read(self, size: int = -1) -> bytes:
        """Read `size` bytes, or all remaining ones."""
        return self._source.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move to an offset and return it."""
        self._source.seek(offset, whence)
        return self._source.tell()


class TableWriter:
    """Writes one Parquet file from several tables; the bytes do not depend on their sizes.

    Of the open file, TFX's included, only `write` is used.
    """

    def __init__(self, sink: IO[bytes], schema: pa.Schema) -> None:
        self._schema = schema
        self._pending: list[pa.Table] = []
        self._rows = 0
        columns = [name for name in schema.names if name in _REPETITIVE]
        self._sink = _Sink(sink)
        self._writer = pq.ParquetWriter(
            pa.PythonFile(self._sink, mode="w"), schema, compression="zstd", version="2.6",
            use_dictionary=columns, write_statistics=False,
        )  # fmt: skip

    def write(self, table: pa.Table) -> None:
        """Add rows. Raises if a column of the schema is missing or has another type."""
        self._pending.append(table.select(self._schema.names).cast(self._schema))
        self._rows += table.num_rows
        while self._rows >= ROW_GROUP:
            self._write_group()

    def _write_group(self) -> None:
        rows = pa.concat_tables(self._pending)
        self._writer.write_table(rows.slice(0, ROW_GROUP).combine_chunks())
        self._pending = [rows.slice(ROW_GROUP)]
        self._rows = self._pending[0].num_rows

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        """Write the remaining rows and the footer; nothing after a failure."""
        self._sink.failed = kind is not None
        if self._rows and not self._sink.failed:
            self._write_group()
        self._writer.close()


def write_table(table: pa.Table, sink: IO[bytes], schema: pa.Schema) -> None:
    """Write one table as a Parquet file."""
    with TableWriter(sink, schema) as writer:
        writer.write(table)


def read_blocks(source: IO[bytes], rows: int) -> Iterator[pa.Table]:
    """Read a Parquet file in blocks of rows, from an open seekable file."""
    file = pa.PythonFile(_Source(source), mode="r")
    for batch in pq.ParquetFile(file).iter_batches(rows):
        yield pa.Table.from_batches([batch])


def read_table(source: IO[bytes], columns: Sequence[str] | None = None) -> pa.Table:
    """Read a Parquet file from an open binary file, or TFX's."""
    return pq.read_table(pa.BufferReader(source.read()), columns=columns)
