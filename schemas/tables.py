"""The tables that travel as Parquet: Manifest and Rejects, typed and versioned."""

from collections.abc import Iterator, Sequence
from typing import IO, Self

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.metrics import METRICS

MANIFEST_VERSION = b"facefold.manifest/1"

_MANIFEST_FIELDS = [
    pa.field("key", pa.string(), nullable=False),  # `<source name>/<path>`, or `.../<file>:<line>`.
    pa.field("path", pa.string()),  # Relative to the image root, with `/`; null: malformed line.
    pa.field("subject", pa.string()),  # Adience face_id.
    pa.field("photographer", pa.string()),  # Adience user_id.
    pa.field("fold", pa.string(), nullable=False),  # `fold_0`...; `unknown` where nothing tells.
    pa.field("age", pa.string()),  # Class names, null until a policy gave them.
    pa.field("gender", pa.string()),
    pa.field("race", pa.string()),
    pa.field("age_text", pa.string()),  # As written.
    pa.field("gender_text", pa.string()),
    pa.field("detail", pa.string()),  # What the ingest saw wrong, or why the row was rejected.
    pa.field("fault", pa.string()),  # What the ingest found: a reason, or null.
    pa.field("yaw", pa.float32()),  # Degrees; Adience fiducial_yaw_angle.
    pa.field("tilt", pa.float32()),  # Degrees; Adience tilt_ang.
    pa.field("landmark_score", pa.float32()),  # Adience fiducial_score.
    pa.field("content_hash", pa.string()),  # xxh3_128 of the file, 32 hex digits; null: not read.
    pa.field("source", pa.string(), nullable=False),  # Label file, relative to the labels' folder.
    pa.field("line", pa.int64(), nullable=False),  # 1 is the file's first line.
]

MANIFEST = pa.schema(_MANIFEST_FIELDS, metadata={b"schema": MANIFEST_VERSION})

REJECTS = pa.schema(
    [
        *_MANIFEST_FIELDS,
        pa.field(
            "reason", pa.string(), nullable=False
        ),  # One of schemas/labels/rejection_reasons.py.
        pa.field("stage", pa.string(), nullable=False),  # The step that rejected.
    ],
    metadata={b"schema": b"facefold.rejects/1"},
)

MANIFEST_FILE = "manifest.parquet"
REJECTS_FILE = "rejects.parquet"
REPORT_FILE = "report.json"

PREDICTIONS = pa.schema(
    [
        pa.field("key", pa.string(), nullable=False),
        pa.field("subject", pa.string(), nullable=False),
        pa.field("photographer", pa.string(), nullable=False),
        pa.field("fold", pa.string(), nullable=False),
        pa.field("age", pa.string(), nullable=False),  # Class names; `unknown` where missing.
        pa.field("gender", pa.string(), nullable=False),
        pa.field("race", pa.string(), nullable=False),
        pa.field("height", pa.string(), nullable=False),  # Names of the buckets in schemas.slices.
        pa.field("width", pa.string(), nullable=False),
        pa.field("blur", pa.string(), nullable=False),
        pa.field("brightness", pa.string(), nullable=False),
        pa.field("face_found", pa.string(), nullable=False),
        pa.field("head", pa.string(), nullable=False),  # One row a face and head.
        pa.field("label", pa.int32(), nullable=False),  # Class index; -1 where it is missing.
        pa.field("predicted", pa.int32(), nullable=False),  # Class index of the likeliest class.
        pa.field(
            "probability", pa.float32(), nullable=False
        ),  # Of the predicted class; five decimals.
        *(
            pa.field(name, pa.float32())  # Five decimals; null without the label.
            for name, metric in METRICS.items()
            if metric.needs_probabilities
        ),
    ],
    metadata={b"schema": b"facefold.predictions/2"},
)
PREDICTIONS_FILE = "predictions.parquet"


ROW_GROUP = 1 << 17  # Rows; a Parquet file is written one such slice after the other.

# Columns with few different texts; to look for such in the others costs time and saves nothing.
_REPETITIVE = (
    "subject", "photographer", "fold", "age", "gender", "race", "age_text", "gender_text", "fault",
    "source", "reason", "stage", "yaw", "tilt", "landmark_score", "head",
    "height", "width", "blur", "brightness", "face_found",
)  # fmt: skip


class _Sink:
    """An open binary file of which nothing but `write` is known, as Arrow wants to see it."""

    closed = False

    def __init__(self, sink: IO[bytes]) -> None:
        self._sink = sink
        self.failed = False

    def write(self, data: bytes) -> int:
        """Hand the bytes on; after a failure none: Arrow ends every file as if it were whole."""
        if not self.failed:
            self._sink.write(data)
        return len(data)

    def flush(self) -> None:
        """Leave it to the file's owner."""


class _Source:
    """An open binary file that can seek, as Arrow wants to see it; TFX's lacks `closed`."""

    closed = False

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self.tell = source.tell

    def read(self, size: int = -1) -> bytes:
        """Read so many bytes, or all that are left."""
        return self._source.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place; gives it."""
        self._source.seek(offset, whence)
        return self._source.tell()


class TableWriter:
    """One Parquet file, table after table: the same rows give the same bytes, however cut."""

    def __init__(self, sink: IO[bytes], schema: pa.Schema) -> None:
        """Begin a file.

        Args:
          sink: an open binary file, TFX's too: it is only asked to `write`.
          schema: one of this module's.
        """
        self._schema = schema
        self._waiting: list[pa.Table] = []
        self._rows = 0
        columns = [name for name in schema.names if name in _REPETITIVE]
        self._sink = _Sink(sink)
        self._writer = pq.ParquetWriter(
            pa.PythonFile(self._sink, mode="w"), schema, compression="zstd", version="2.6",
            use_dictionary=columns, write_statistics=False,
        )  # fmt: skip

    def write(self, table: pa.Table) -> None:
        """Add rows; a table that lacks a column of the schema, or has it otherwise, raises."""
        self._waiting.append(table.select(self._schema.names).cast(self._schema))
        self._rows += table.num_rows
        while self._rows >= ROW_GROUP:
            self._write_group()

    def _write_group(self) -> None:
        rows = pa.concat_tables(self._waiting)
        self._writer.write_table(rows.slice(0, ROW_GROUP).combine_chunks())
        self._waiting = [rows.slice(ROW_GROUP)]
        self._rows = self._waiting[0].num_rows

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        """Write what is left, and the file's end; nothing after a failure."""
        self._sink.failed = kind is not None
        if self._rows and not self._sink.failed:
            self._write_group()
        self._writer.close()


def write_table(table: pa.Table, sink: IO[bytes], schema: pa.Schema) -> None:
    """Write one Parquet file of a table that is in memory."""
    with TableWriter(sink, schema) as writer:
        writer.write(table)


def read_blocks(source: IO[bytes], rows: int) -> Iterator[pa.Table]:
    """The rows of one Parquet file in blocks, from an open binary file that can seek."""
    file = pa.PythonFile(_Source(source), mode="r")
    for batch in pq.ParquetFile(file).iter_batches(rows):
        yield pa.Table.from_batches([batch])


def read_table(source: IO[bytes], columns: Sequence[str] | None = None) -> pa.Table:
    """Read one Parquet file from an open binary file, TFX's too."""
    return pq.read_table(pa.BufferReader(source.read()), columns=columns)
