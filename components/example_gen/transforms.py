"""Beam transforms from rows to shards. Only paths are passed on; images stay inside one DoFn."""

from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
import cv2
import pyarrow as pa
from apache_beam import pvalue
from apache_beam.metrics import Metrics

from components.example_gen.face_features import ReadOptions, Row, read_face
from components.example_gen.image_report import WrittenShard
from components.example_gen.shards import Shard, shard_tables
from components.example_gen.tfrecord import to_example, write_records
from schemas.errors import ImageError
from schemas.labels.rejection_reasons import STAGE_IMAGES

REJECTED = "rejected"


def _pack(rows: pa.Table) -> bytes:
    """A shard's rows as one value, because Beam takes 0.2 ms for each dict."""
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, rows.schema, options=options) as writer:
        writer.write_table(rows.combine_chunks())
    packed: bytes = sink.getvalue().to_pybytes()
    return packed


def _unpack(packed: bytes) -> list[Row]:
    rows: list[Row] = pa.ipc.open_stream(packed).read_all().to_pylist()
    return rows


class WriteShard(beam.DoFn):
    """(Shard, packed rows) to WrittenShard; rows without a usable image go to REJECTED.

    Every row has exactly one output: rows_in == rows_ok + sum(rejected/*).
    """

    def __init__(self, folder: str, options: ReadOptions) -> None:
        self._folder = folder
        self._options = options
        self._without_face = 0  # Of the current shard.

    def setup(self) -> None:
        """Limit OpenCV to one thread: several processes share the machine."""
        cv2.setNumThreads(1)

    def process(
        self, element: tuple[tuple[str, int, int], Iterable[bytes]]
    ) -> Iterator[WrittenShard]:
        """Write one shard. The return hint types the main output only."""
        [packed] = element[1]
        shard, rows = Shard(*element[0]), _unpack(packed)
        rejects: list[dict[str, Any]] = []
        self._without_face = 0
        faces = write_records(
            f"{self._folder}/{shard.name}",
            self._records(rows, rejects),
            compress=self._options.images.encoding == "raw",
        )
        Metrics.counter("images", "rows_in").inc(len(rows))
        Metrics.counter("images", "rows_ok").inc(faces)
        for reject in rejects:
            Metrics.counter("images", f"rejected/{reject['reason']}").inc()
            yield pvalue.TaggedOutput(REJECTED, reject)
        yield WrittenShard(shard.fold, faces, self._without_face)

    def _records(self, rows: Iterable[Row], rejects: list[dict[str, Any]]) -> Iterator[bytes]:
        for row in rows:
            try:
                face = read_face(row, self._options)
            except ImageError as error:
                rejection = {"reason": error.reason, "detail": error.detail, "stage": STAGE_IMAGES}
                rejects.append({**row, **rejection})
            else:
                self._without_face += face["face_found"] == 0
                yield to_example(face)


def write_faces(
    pipeline: beam.Pipeline, folder: str, options: ReadOptions, rows: pa.Table
) -> pvalue.DoOutputsTuple:
    """Write rows of schemas.tables.MANIFEST to shards below `folder`, distributed over the workers.

    Returns:
      `written` (WrittenShard) and REJECTED (row dicts).
    """
    # Plain tuples and bytes: Beam encodes them alike on all runners, without reading rows.
    shards = [(tuple(shard), _pack(part)) for shard, part in shard_tables(rows)]
    return (
        pipeline
        | "Shards" >> beam.Create(shards, reshuffle=False)
        | "Spread" >> beam.GroupByKey()
        | "WriteShard"
        >> beam.ParDo(WriteShard(folder, options)).with_outputs(REJECTED, main="written")
    )
