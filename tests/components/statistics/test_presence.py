"""Pictures become empty bytes; a picture that is missing stays missing."""

import pyarrow as pa
import pytest

from components.statistics.presence import without_pictures

pytestmark = pytest.mark.tf


def test_presence_stays_and_bytes_do_not() -> None:
    kind = pa.large_list(pa.large_binary())
    batch = pa.RecordBatch.from_pydict(
        {
            "image": pa.array([[b"abc"], None, [b"d", b"e"], []], type=kind),
            "age": pa.array([[1], [2], None, [3]]),
        }
    )

    result = without_pictures(batch)

    assert result.schema == batch.schema
    assert result.column(0).to_pylist() == [[b""], None, [b"", b""], []]
    assert result.column(1).equals(batch.column(1))


def test_records_without_any_picture_stay_as_they_are() -> None:
    batch = pa.RecordBatch.from_pydict({"age": pa.array([[1], [2]])})

    assert without_pictures(batch) is batch
