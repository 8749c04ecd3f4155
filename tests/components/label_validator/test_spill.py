"""The buffer of rows between the two passes."""

from pathlib import Path

import pyarrow as pa
import pytest

from components.label_validator import spill
from components.label_validator.spill import SpillBuffer
from tests.components.label_validator.small_manifest import face, manifest


@pytest.mark.parametrize("limit", [0, 10_000, 1 << 30], ids=["all on disk", "some", "none"])
def test_tables_are_returned_in_order_and_no_file_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(spill, "IN_MEMORY", limit)
    tables = [manifest(*(face(f"{n}-{m}" * 50) for m in range(9))) for n in range(20)]

    with SpillBuffer(str(tmp_path)) as buffer:
        for table in tables:
            buffer.add(table)
        twice = [pa.concat_tables(buffer.tables()) for _ in range(2)]

    assert buffer.rows == 180
    assert all(table.equals(pa.concat_tables(tables)) for table in twice)
    assert list(tmp_path.iterdir()) == []
