"""Beam: rows of paths in, shards on disk out. Only paths travel; bytes stay inside one DoFn."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import apache_beam as beam
from apache_beam import pvalue
from apache_beam.metrics import Metrics

from components.example_gen.encode import to_example, write_records
from components.example_gen.read import Reading, Row, read_face
from components.example_gen.shards import Shard, shard_counts, shard_of
from schemas.errors import ImageError
from schemas.progress import report_progress
from schemas.reasons import STAGE_IMAGES

REJECTED = "rejected"
_REPORT_EVERY = 100  # Faces between two progress reports.

_log = logging.getLogger(__name__)


class WriteShard(beam.DoFn):
    """(Shard, its rows) to (fold, faces written); rows without a usable image go to REJECTED.

    Every row leaves on exactly one side, so rows_in == rows_ok + sum(rejected/*).
    """

    def __init__(self, folder: str, reading: Reading, total: int) -> None:
        self._folder = folder
        self._reading = reading
        self._total = total  # Rows of all shards, for progress.
        self._done = 0

    def process(
        self, element: tuple[tuple[str, int, int], Iterable[Row]]
    ) -> Iterator[tuple[str, int]]:
        """Write one shard, ordered by key. The return hint types the main output only."""
        shard, rows = Shard(*element[0]), sorted(element[1], key=lambda row: row["key"])
        rejects: list[dict[str, Any]] = []
        written = write_records(f"{self._folder}/{shard.name}", self._records(rows, rejects))
        for reject in rejects:
            yield pvalue.TaggedOutput(REJECTED, reject)
        yield shard.fold, written

    def _records(self, rows: list[Row], rejects: list[dict[str, Any]]) -> Iterator[bytes]:
        for row in rows:
            Metrics.counter("images", "rows_in").inc()
            try:
                face = read_face(row, self._reading)
            except ImageError as error:
                Metrics.counter("images", f"rejected/{error.reason}").inc()
                why = {"reason": error.reason, "detail": error.detail, "stage": STAGE_IMAGES}
                rejects.append({**row, **why})
            else:
                Metrics.counter("images", "rows_ok").inc()
                yield to_example(face)
            self._done += 1
            if self._done % _REPORT_EVERY == 0:
                report_progress(_log, self._done, self._total, "faces")


class WriteFaces(beam.PTransform):
    """Rows to shards under `folder`; gives {None: (fold, faces)} and REJECTED: row dicts."""

    def __init__(self, folder: str, reading: Reading, rows: Sequence[Row]) -> None:
        super().__init__()
        self._folder = folder
        self._reading = reading
        self._rows = rows

    def expand(self, pipeline: beam.Pipeline) -> pvalue.DoOutputsTuple:
        """Group rows by shard, then write each shard whole."""
        counts = shard_counts(self._rows)
        # Plain tuples: Beam codes them the same everywhere, so they can be keys.
        keyed = [(tuple(shard_of(row, counts)), row) for row in self._rows]
        return (
            pipeline
            | "Rows" >> beam.Create(keyed)
            | "ByShard" >> beam.GroupByKey()
            | "WriteShard"
            >> beam.ParDo(WriteShard(self._folder, self._reading, len(self._rows))).with_outputs(
                REJECTED, main="written"
            )
        )
