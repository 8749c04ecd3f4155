"""The plan of the memory cache."""

from pathlib import Path

import psutil
import pytest

from components.trainer.data.memory_cache import (
    CachePlan,
    Memory,
    fits,
    memory,
    plan_cache,
    records_bytes,
)
from tests.components.trainer.conftest import StoredFaces

pytestmark = pytest.mark.tf

MEMORY = Memory(free=4_000, total=8_000)  # A quarter: 1,000 and 2,000 bytes.


@pytest.mark.parametrize(
    ("face_bytes", "records", "expected"),
    [
        (10, 100, CachePlan(faces=True, records=False, shuffle_buffer=100)),
        (11, 100, CachePlan(faces=False, records=True, shuffle_buffer=100)),
        (11, 2_000, CachePlan(faces=False, records=True, shuffle_buffer=100)),
        (11, 2_001, CachePlan(faces=False, records=False, shuffle_buffer=99)),
        (11, 8_000, CachePlan(faces=False, records=False, shuffle_buffer=25)),
        (11, 10**9, CachePlan(faces=False, records=False, shuffle_buffer=1)),
    ],
    ids=["faces", "faces too large", "records", "records too large", "a quarter", "hardly any"],
)
def test_the_largest_form_that_fits_is_cached(
    face_bytes: int, records: int, expected: CachePlan
) -> None:
    assert plan_cache(100, face_bytes, records, MEMORY) == expected


def test_free_memory_does_not_change_the_shuffle_buffer() -> None:
    sizes = {
        plan_cache(100, 11, 8_000, Memory(free, 8_000)).shuffle_buffer for free in (0, 10, 4_000)
    }

    assert sizes == {25}
    assert plan_cache(100, 11, 500, Memory(0, 8_000)).shuffle_buffer == 100
    assert plan_cache(100, 11, 500, Memory(8_000, 8_000)).shuffle_buffer == 100


def test_decoded_faces_fit_in_a_quarter_of_the_free_memory() -> None:
    assert fits(1_000, MEMORY)
    assert not fits(1_001, MEMORY)


def test_this_machine_has_memory() -> None:
    found = memory()

    assert 0 < found.free <= found.total <= psutil.virtual_memory().total


def test_records_bytes_are_those_of_the_unpacked_files(stored: StoredFaces) -> None:
    import gzip

    files = stored.files("fold_0", "fold_1")
    expected = sum(len(gzip.decompress(Path(file).read_bytes())) for file in files)

    assert records_bytes(files) == expected > 0
    assert records_bytes([]) == 0
