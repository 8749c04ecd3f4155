"""Parquet files written and read table by table."""

import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas import parquet
from schemas.parquet import TableWriter, read_blocks, write_table
from schemas.tables import MANIFEST
from tests.components.label_validator.small_manifest import face, manifest

ROWS = manifest(*(face(f"{number}" * 30, yaw=float(number % 4)) for number in range(1_000)))


class Bare:
    """A file with only the methods of TFX's."""

    def __init__(self, content: bytes = b"") -> None:
        self.file = io.BytesIO(content)
        self.read, self.write, self.tell = self.file.read, self.file.write, self.file.tell

    def seek(self, offset: int, whence: int = 0) -> None:
        """Move to an offset; returns nothing, as TFX's."""
        self.file.seek(offset, whence)


@pytest.mark.parametrize("size", [1, 7, 333, 1_000])
def test_tables_of_any_size_give_the_bytes_of_one_table(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "ROW_GROUP", 100)
    whole, cut = Bare(), Bare()
    sinks: list[Any] = [whole, cut]

    write_table(ROWS, sinks[0], MANIFEST)
    with TableWriter(sinks[1], MANIFEST) as writer:
        for at in range(0, ROWS.num_rows, size):
            writer.write(ROWS.slice(at, size))

    assert whole.file.getvalue() == cut.file.getvalue()
    assert pq.ParquetFile(whole.file).num_row_groups == 10
    assert pq.read_table(whole.file).equals(ROWS)


def test_blocks_of_a_minimal_file_are_its_rows() -> None:
    sink: Any = Bare()
    write_table(ROWS, sink, MANIFEST)
    source: Any = Bare(sink.file.getvalue())

    blocks = list(read_blocks(source, 300))

    assert [block.num_rows for block in blocks] == [300, 300, 300, 100]
    assert pa.concat_tables(blocks).equals(ROWS)


def test_a_failure_leaves_no_valid_file() -> None:
    sink: Any = Bare()

    def stop() -> None:
        with TableWriter(sink, MANIFEST) as writer:
            writer.write(ROWS)
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        stop()

    with pytest.raises(pa.ArrowInvalid):
        pq.read_table(sink.file)
