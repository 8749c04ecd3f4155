"""Which face goes into which shard: decided by its key alone, so never by workers or order."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import xxhash

FACES_A_SHARD = 2_000  # About 16 MB of JPEG faces at side 128; small enough to sort in memory.

Row = Mapping[str, Any]  # One row of schemas.records.MANIFEST.


class Shard(NamedTuple):
    """One output file."""

    fold: str
    number: int  # From 0 on.
    of: int  # Shards of this fold.

    @property
    def name(self) -> str:
        """Path below the examples' folder, as TFX reads splits."""
        return f"Split-{self.fold}/faces-{self.number:05d}-of-{self.of:05d}.gz"


def shard_counts(rows: Sequence[Row]) -> dict[str, int]:
    """Number of shards of each fold, by the number of its rows."""
    faces = Counter(row["fold"] for row in rows)
    return {fold: -(-count // FACES_A_SHARD) for fold, count in sorted(faces.items())}


def shard_of(row: Row, counts: Mapping[str, int]) -> Shard:
    """The shard of one row."""
    count = counts[row["fold"]]
    return Shard(row["fold"], xxhash.xxh3_64_intdigest(row["key"].encode()) % count, count)
