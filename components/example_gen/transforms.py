"""Beam: rows of paths in, shards on disk out. Only paths travel; bytes stay inside one DoFn."""

from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
import cv2
import pyarrow as pa
from apache_beam import pvalue
from apache_beam.metrics import Metrics

from components.example_gen.face_features import Reading, Row, read_face
from components.example_gen.image_report import Written
from components.example_gen.shards import Shard, shard_tables
from components.example_gen.tfrecord import to_example, write_records
from schemas.errors import ImageError
from schemas.labels.rejection_reasons import STAGE_IMAGES

REJECTED = "rejected"


def _pack(rows: pa.Table) -> bytes:
    """A shard's rows as one value: Beam would take 0.2 ms to look through each as a dict."""
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
    """(Shard, its rows by key) to Written; rows without a usable image go to REJECTED.

    Every row leaves on exactly one side, so rows_in == rows_ok + sum(rejected/*).
    """

    def __init__(self, folder: str, reading: Reading) -> None:
        self._folder = folder
        self._reading = reading
        self._without_face = 0  # Of the shard at work.

    def setup(self) -> None:
        """Work on one core: several processes share a machine, and each would take all of it."""
        cv2.setNumThreads(1)

    def process(self, element: tuple[tuple[str, int, int], Iterable[bytes]]) -> Iterator[Written]:
        """Write one shard. The return hint types the main output only."""
        [packed] = element[1]
        shard, rows = Shard(*element[0]), _unpack(packed)
        rejects: list[dict[str, Any]] = []
        self._without_face = 0
        faces = write_records(
            f"{self._folder}/{shard.name}",
            self._records(rows, rejects),
            pack=self._reading.images.encoding == "raw",
        )
        Metrics.counter("images", "rows_in").inc(len(rows))
        Metrics.counter("images", "rows_ok").inc(faces)
        for reject in rejects:
            Metrics.counter("images", f"rejected/{reject['reason']}").inc()
            yield pvalue.TaggedOutput(REJECTED, reject)
        yield Written(shard.fold, faces, self._without_face)

    def _records(self, rows: Iterable[Row], rejects: list[dict[str, Any]]) -> Iterator[bytes]:
        for row in rows:
            try:
                face = read_face(row, self._reading)
            except ImageError as error:
                why = {"reason": error.reason, "detail": error.detail, "stage": STAGE_IMAGES}
                rejects.append({**row, **why})
            else:
                self._without_face += face["face_found"] == 0
                yield to_example(face)


class WriteFaces(beam.PTransform):
    """Rows to shards under `folder`; gives `written`, one a shard, and REJECTED: row dicts."""

    def __init__(self, folder: str, reading: Reading, rows: pa.Table) -> None:
        """Get ready.

        Args:
          folder: where the splits go.
          reading: how faces are read.
          rows: of schemas.tables.MANIFEST.
        """
        super().__init__()
        self._folder = folder
        self._reading = reading
        self._rows = rows

    def expand(self, pipeline: beam.Pipeline) -> pvalue.DoOutputsTuple:
        """One element a shard, spread over the workers, each written whole."""
        # Plain tuples and bytes: Beam codes them the same everywhere, and looks at no row.
        shards = [(tuple(shard), _pack(rows)) for shard, rows in shard_tables(self._rows)]
        return (
            pipeline
            | "Shards" >> beam.Create(shards, reshuffle=False)
            | "Spread" >> beam.GroupByKey()
            | "WriteShard"
            >> beam.ParDo(WriteShard(self._folder, self._reading)).with_outputs(
                REJECTED, main="written"
            )
        )
