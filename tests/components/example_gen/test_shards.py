"""A face's shard depends on its key and its fold's size alone."""

import random
from collections import Counter
from typing import Any

import pytest

from components.example_gen import shards
from components.example_gen.shards import Shard, shard_counts, shard_of


def rows(**folds: int) -> list[dict[str, Any]]:
    return [
        {"fold": fold, "key": f"adience/{fold}/{number}"}
        for fold, count in folds.items()
        for number in range(count)
    ]


@pytest.mark.parametrize(("faces", "wanted"), [(1, 1), (2000, 1), (2001, 2), (4000, 2), (4001, 3)])
def test_a_shard_is_added_for_every_two_thousand_faces_begun(faces: int, wanted: int) -> None:
    assert shard_counts(rows(fold_0=faces, fold_1=1)) == {"fold_0": wanted, "fold_1": 1}


def test_no_rows_have_no_shards() -> None:
    assert shard_counts([]) == {}


def test_a_shards_name_is_how_tfx_reads_splits() -> None:
    assert Shard("fold_2", 3, 12).name == "Split-fold_2/faces-00003-of-00012.gz"


def test_the_order_of_the_rows_changes_no_ones_shard() -> None:
    faces = rows(fold_0=5000, fold_1=3000)
    mixed = random.Random(0).sample(faces, len(faces))

    one, two = (
        {row["key"]: shard_of(row, counts) for row in given}
        for given, counts in ((faces, shard_counts(faces)), (mixed, shard_counts(mixed)))
    )

    assert one == two


def test_faces_spread_over_the_shards_of_their_own_fold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "FACES_A_SHARD", 100)
    faces = rows(fold_0=1000, fold_1=50)
    counts = shard_counts(faces)

    found = Counter(shard_of(row, counts) for row in faces)

    assert {shard.fold for shard in found} == {"fold_0", "fold_1"}
    assert {shard.number for shard in found if shard.fold == "fold_0"} == set(range(10))
    assert all(shard.of == counts[shard.fold] for shard in found)
    assert max(found.values()) < 150
