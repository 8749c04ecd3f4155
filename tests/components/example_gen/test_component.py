"""What FaceExampleGen leaves beside its shards."""

from pathlib import Path

import pytest

from components.example_gen.component import remove_unfinished

pytestmark = pytest.mark.tf


def test_files_of_failed_attempts_are_removed_and_shards_stay(tmp_path: Path) -> None:
    shard = tmp_path / "Split-fold_0" / "faces-00000-of-00001.gz"
    left = shard.with_name(f".{shard.name}.unfinished")
    shard.parent.mkdir()
    for path in (shard, left):
        path.write_bytes(b"faces")

    remove_unfinished(str(tmp_path))

    assert list(shard.parent.iterdir()) == [shard]
