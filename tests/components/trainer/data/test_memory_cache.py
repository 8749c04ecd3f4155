"""What stays in memory between the epochs."""

from pathlib import Path

import pytest

from components.trainer.data.memory_cache import (
    Keeping,
    Memory,
    choose,
    fits,
    measured,
    memory,
    records_bytes,
)
from tests.components.trainer.conftest import StoredFaces

pytestmark = pytest.mark.tf

MEMORY = Memory(free=4_000, whole=8_000)  # A quarter: 1,000 and 2,000 bytes.


@pytest.mark.parametrize(
    ("face_bytes", "records", "expected"),
    [
        (10, 100, Keeping(faces=True, records=False, mixed=100)),
        (11, 100, Keeping(faces=False, records=True, mixed=100)),
        (11, 2_000, Keeping(faces=False, records=True, mixed=100)),
        (11, 2_001, Keeping(faces=False, records=False, mixed=99)),
        (11, 8_000, Keeping(faces=False, records=False, mixed=25)),
        (11, 10**9, Keeping(faces=False, records=False, mixed=1)),
    ],
    ids=["faces", "faces too large", "records", "records too large", "a quarter", "hardly any"],
)
def test_what_is_kept_is_the_largest_form_that_fits(
    face_bytes: int, records: int, expected: Keeping
) -> None:
    assert choose(100, face_bytes, records, MEMORY) == expected


def test_free_memory_does_not_change_how_many_are_mixed() -> None:
    mixed = {choose(100, 11, 8_000, Memory(free, 8_000)).mixed for free in (0, 10, 4_000)}

    assert mixed == {25}
    assert choose(100, 11, 500, Memory(0, 8_000)).mixed == 100
    assert choose(100, 11, 500, Memory(8_000, 8_000)).mixed == 100


def test_decoded_faces_fit_into_a_quarter_of_what_is_free() -> None:
    assert fits(1_000, MEMORY)
    assert not fits(1_001, MEMORY)


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="ascii")
    return path


def test_a_container_has_what_its_limit_leaves(tmp_path: Path) -> None:
    meminfo = write(tmp_path / "meminfo", "MemTotal: 90 kB\nMemFree: 1 kB\nMemAvailable: 70 kB\n")
    none = write(tmp_path / "none", "max\n")
    limit = write(tmp_path / "limit", f"{30 * 1024}\n")
    huge = write(tmp_path / "huge", f"{2**63 - 4096}\n")
    absent = tmp_path / "absent"
    whole = 90 * 1024

    assert measured(whole, meminfo, [none, absent]) == Memory(70 * 1024, whole)
    assert measured(whole, meminfo, [absent, huge]) == Memory(70 * 1024, whole)
    assert measured(whole, meminfo, [limit]) == Memory(30 * 1024, 30 * 1024)
    assert measured(whole, absent, []) == Memory(45 * 1024, whole)


def test_this_machine_has_memory() -> None:
    found = memory()

    assert 0 < found.free <= found.whole


def test_records_bytes_are_those_of_the_unpacked_files(stored: StoredFaces) -> None:
    import gzip

    files = stored.files("fold_0", "fold_1")
    expected = sum(len(gzip.decompress(Path(file).read_bytes())) for file in files)

    assert records_bytes(files) == expected > 0
    assert records_bytes([]) == 0
