"""The assignment of faces to shards, which depends on their keys alone."""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import pyarrow as pa
import xxhash

# About 4 MB of JPEG faces at side 128: small enough for a few thousand faces to occupy all
# workers, large enough to be read at disk speed.
FACES_A_SHARD = 500


class Shard(NamedTuple):
    """One output file."""

    fold: str
    number: int  # From 0.
    total: int  # Shards of this fold.

    @property
    def name(self) -> str:
        """Path below the examples' folder, as TFX reads splits."""
        return f"Split-{self.fold}/faces-{self.number:05d}-of-{self.total:05d}.gz"


class WrittenShard(NamedTuple):
    """Counts of one shard."""

    fold: str
    faces: int
    without_face: int  # Faces among them that are whole pictures, without a detected face.


def shard_tables(rows: pa.Table) -> Iterator[tuple[Shard, pa.Table]]:
    """The rows of schemas.tables.MANIFEST of each shard, by key.

    A fold's rows are shuffled by the hash of their keys, so that each shard has people of the whole
    fold, and split into shards whose sizes differ by one at most.
    """
    keys = rows["key"].to_pylist()
    folds: defaultdict[str, list[int]] = defaultdict(list)
    for row, fold in enumerate(rows["fold"].to_pylist()):
        folds[fold].append(row)
    for fold, members in sorted(folds.items()):
        members.sort(key=lambda row: (xxhash.xxh3_64_intdigest(keys[row].encode()), keys[row]))
        count = -(-len(members) // FACES_A_SHARD)
        bounds = [len(members) * number // count for number in range(count + 1)]
        for number in range(count):
            shard = sorted(members[bounds[number] : bounds[number + 1]], key=keys.__getitem__)
            yield Shard(fold, number, count), rows.take(shard)
