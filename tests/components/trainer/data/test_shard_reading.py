"""The order in which records are read."""

from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from components.example_gen.tfrecord import write_records
from components.trainer.data import dataset

pytestmark = pytest.mark.tf


def write_shards(folder: Path, folds: int, count: int, records: int) -> list[str]:
    """Shards whose records are their position: `fold/shard/record`."""
    files = []
    for fold in range(folds):
        for shard in range(count):
            path = folder / f"Split-fold_{fold}" / f"faces-{shard:05d}-of-{count:05d}.gz"
            texts = [f"{fold}/{shard}/{number}".encode() for number in range(records)]
            write_records(str(path), texts)
            files.append(str(path))
    return files


def read(files: list[str]) -> list[str]:
    return [record.decode() for record in dataset.read_records(files).as_numpy_iterator()]


def test_every_record_comes_once_and_always_in_the_same_order(tmp_path: Path) -> None:
    files = write_shards(tmp_path, folds=3, count=5, records=37)

    first = read(files)

    assert Counter(first) == Counter(
        f"{fold}/{shard}/{number}"
        for fold in range(3)
        for shard in range(5)
        for number in range(37)
    )
    assert [read(files), read(files[::-1])] == [first, first]


def test_records_of_a_shard_stay_in_order(tmp_path: Path) -> None:
    found = read(write_shards(tmp_path, folds=2, count=2, records=40))

    for shard in ("0/0/", "0/1/", "1/0/", "1/1/"):
        numbers = [int(record.removeprefix(shard)) for record in found if record.startswith(shard)]
        assert numbers == list(range(40))


def test_neighbouring_records_are_of_every_fold(tmp_path: Path) -> None:
    found = read(write_shards(tmp_path, folds=4, count=3, records=40))

    beginning = Counter(record[0] for record in found[:128])

    assert set(beginning) == {"0", "1", "2", "3"}
    assert min(beginning.values()) == 32
    assert sum(one[0] != other[0] for one, other in pairwise(found[:128])) >= 4


def test_no_shards_give_no_record() -> None:
    assert read([]) == []
