"""Beam transforms from rows to shards. Only paths are passed on; images stay inside one DoFn."""

from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
import cv2
import pyarrow as pa
from apache_beam import pvalue
from apache_beam.metrics import Metrics

from components.example_gen.face_features import ReadOptions
from components.example_gen.shard_writer import ShardTask, pack, write_shard
from components.example_gen.shards import Shard, WrittenShard, shard_tables
from components.example_gen.worker_pool import write_shards
from components.faces.safe_open import check_root

REJECTED = "rejected"

PackedShard = tuple[tuple[Any, ...], bytes]  # Of a Shard and its rows.


class WriteShards(beam.DoFn):
    """Packed shards to WrittenShards; rows without a usable image go to REJECTED.

    Every row has exactly one output: rows_in == rows_ok + sum(rejected/*).
    """

    def __init__(self, folder: str, options: ReadOptions, processes: int) -> None:
        self._folder = folder
        self._options = options
        self._processes = processes

    def setup(self) -> None:
        """Check the image roots, and limit OpenCV to one thread: processes share the machine.

        Raises DataError where a root is not there, as on a worker that lacks a mount.
        """
        for root in self._options.roots.values():
            check_root(root)
        cv2.setNumThreads(1)

    def process(self, element: tuple[int, Iterable[list[PackedShard]]]) -> Iterator[WrittenShard]:
        """Write the shards. The return hint types the main output only."""
        [batch] = element[1]
        tasks = [
            ShardTask(self._folder, self._options, Shard(*shard), packed) for shard, packed in batch
        ]
        alone = self._processes == 1
        for result in map(write_shard, tasks) if alone else write_shards(tasks, self._processes):
            Metrics.counter("images", "rows_in").inc(result.written.faces + len(result.rejects))
            Metrics.counter("images", "rows_ok").inc(result.written.faces)
            for reject in result.rejects:
                Metrics.counter("images", f"rejected/{reject['reason']}").inc()
                yield pvalue.TaggedOutput(REJECTED, reject)
            yield result.written


def write_faces(
    pipeline: beam.Pipeline,
    folder: str,
    options: ReadOptions,
    rows: pa.Table,
    processes: int = 1,
) -> pvalue.DoOutputsTuple:
    """Write rows of schemas.tables.MANIFEST to shards below `folder`.

    Beam distributes the shards over its workers; with several `processes` one of them writes them
    all, by these.

    Returns:
      `written` (WrittenShard) and REJECTED (row dicts).
    """
    # Plain tuples and bytes: Beam encodes them alike on all runners, without reading rows.
    shards = [(tuple(shard), pack(part)) for shard, part in shard_tables(rows)]
    batches = [[shard] for shard in shards] if processes == 1 else [shards]
    return (
        pipeline
        | "Shards" >> beam.Create(list(enumerate(batches)), reshuffle=False)
        | "Spread" >> beam.GroupByKey()
        | "WriteShards"
        >> beam.ParDo(WriteShards(folder, options, processes)).with_outputs(
            REJECTED, main="written"
        )
    )
