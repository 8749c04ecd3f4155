"""A face's shard depends on the keys of its fold alone."""

import random

import pyarrow as pa
import pytest

from components.example_gen import shards
from components.example_gen.shards import Shard, shard_tables


def rows(**folds: int) -> pa.Table:
    pairs = [(fold, number) for fold, count in folds.items() for number in range(count)]
    return pa.table(
        {
            "fold": [fold for fold, _ in pairs],
            "key": [f"adience/{fold}/{number:05}" for fold, number in pairs],
        }
    )


@pytest.mark.parametrize(("faces", "expected"), [(1, 1), (500, 1), (501, 2), (1000, 2), (1001, 3)])
def test_a_shard_is_added_for_every_five_hundred_faces_begun(faces: int, expected: int) -> None:
    result = [shard for shard, _ in shard_tables(rows(fold_0=faces, fold_1=1))]

    assert result == [
        *(Shard("fold_0", number, expected) for number in range(expected)),
        Shard("fold_1", 0, 1),
    ]


def test_no_rows_have_no_shards() -> None:
    assert list(shard_tables(rows())) == []


def test_shard_names_follow_the_layout_of_tfx() -> None:
    assert Shard("fold_2", 3, 12).name == "Split-fold_2/faces-00003-of-00012.gz"


def test_the_order_of_the_rows_changes_no_shard() -> None:
    faces = rows(fold_0=1300, fold_1=700)
    mixed = faces.take(random.Random(0).sample(range(len(faces)), len(faces)))

    one, two = list(shard_tables(faces)), list(shard_tables(mixed))

    assert [shard for shard, _ in one] == [shard for shard, _ in two]
    assert all(part.equals(other) for (_, part), (_, other) in zip(one, two, strict=True))


def test_every_face_is_in_one_shard_of_its_own_fold_and_shards_are_even() -> None:
    faces = rows(fold_0=1201, fold_1=50)

    result = list(shard_tables(faces))

    keys = [key for _, part in result for key in part["key"].to_pylist()]
    assert sorted(keys) == sorted(faces["key"].to_pylist())
    assert all(set(part["fold"].to_pylist()) == {shard.fold} for shard, part in result)
    assert sorted(len(part) for _, part in result) == [50, 400, 400, 401]


def test_faces_of_a_shard_are_sorted_by_key_and_drawn_from_the_whole_fold(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shards, "FACES_A_SHARD", 100)

    for _, part in shard_tables(rows(fold_0=1000)):
        keys = part["key"].to_pylist()
        assert keys == sorted(keys)
        halves = [key < "adience/fold_0/00500" for key in keys]
        assert 30 < sum(halves) < 70
