"""A buffer for tables that are read twice: in memory up to a limit, then in a scratch file."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Self

import pyarrow as pa

IN_MEMORY = 64 << 20  # Bytes of tables.


class SpillBuffer:
    """Tables that are kept in order and can be read again."""

    def __init__(self, folder: str) -> None:
        """Create an empty buffer; `folder` takes the scratch file, which is unnamed."""
        self.rows = 0
        self._folder = folder
        self._open = ExitStack()
        self._tables: list[pa.Table] = []
        self._bytes = 0
        self._file: Any = None
        self._writer: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def add(self, table: pa.Table) -> None:
        """Append one table."""
        self.rows += table.num_rows
        self._tables.append(table)
        self._bytes += table.nbytes
        if self._bytes > IN_MEMORY:
            self._spill()

    def _spill(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 - closed at exit.
            self._open.enter_context(self._file)
            options = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)
            schema = self._tables[0].schema
            self._writer = pa.ipc.new_stream(self._file, schema, options=options)
        for table in self._tables:
            self._writer.write_table(table)
        self._tables, self._bytes = [], 0

    def tables(self) -> Iterator[pa.Table]:
        """All tables in order; spilled ones as their record batches."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        if self._file is not None:
            self._file.seek(0)
            for batch in pa.ipc.open_stream(self._file):
                yield pa.Table.from_batches([batch])
        yield from self._tables
