"""Which face goes into which shard: decided by the keys alone, so never by workers or order."""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import pyarrow as pa
import xxhash

# About 4 MB of JPEG faces at side 128: small enough that a few thousand faces keep every worker
# busy to the end, and large enough to be read at disk speed.
FACES_A_SHARD = 500


class Shard(NamedTuple):
    """One output file."""

    fold: str
    number: int  # From 0 on.
    of: int  # Shards of this fold.

    @property
    def name(self) -> str:
        """Path below the examples' folder, as TFX reads splits."""
        return f"Split-{self.fold}/faces-{self.number:05d}-of-{self.of:05d}.gz"


def shard_tables(rows: pa.Table) -> Iterator[tuple[Shard, pa.Table]]:
    """The rows of each shard, by key.

    A fold's rows are mixed by the hash of their keys, so that each shard shows people of the whole
    fold, and cut into shards whose sizes differ by one at most.

    Args:
      rows: of schemas.tables.MANIFEST.
    """
    keys = rows["key"].to_pylist()
    folds: defaultdict[str, list[int]] = defaultdict(list)
    for place, fold in enumerate(rows["fold"].to_pylist()):
        folds[fold].append(place)
    for fold, places in sorted(folds.items()):
        places.sort(key=lambda place: (xxhash.xxh3_64_intdigest(keys[place].encode()), keys[place]))
        count = -(-len(places) // FACES_A_SHARD)
        cuts = [len(places) * number // count for number in range(count + 1)]
        for number in range(count):
            inside = sorted(places[cuts[number] : cuts[number + 1]], key=keys.__getitem__)
            yield Shard(fold, number, count), rows.take(inside)
