"""The tables that travel as Parquet: Manifest and Rejects, typed and versioned."""

from collections.abc import Sequence
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

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
        pa.field("reason", pa.string(), nullable=False),  # One of schemas/reasons.py.
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
        pa.field("head", pa.string(), nullable=False),  # One row a face and head.
        pa.field("label", pa.int32(), nullable=False),  # Class index; -1 where it is missing.
        pa.field("predicted", pa.int32(), nullable=False),  # Class index of the likeliest class.
        pa.field("probability", pa.float32(), nullable=False),  # Of the predicted class.
    ],
    metadata={b"schema": b"facefold.predictions/1"},
)
PREDICTIONS_FILE = "predictions.parquet"


ROW_GROUP = 1 << 20  # Rows; a Parquet file is written one such slice after the other.


def write_table(table: pa.Table, sink: IO[bytes], schema: pa.Schema) -> None:
    """Write one Parquet file: the same rows give the same bytes, however they are chunked.

    Args:
      table: has every column of `schema`; a column that is missing or of another type raises.
      sink: an open binary file, TFX's too: it is only asked to `write`.
      schema: one of this module's.
    """
    buffer = pa.BufferOutputStream()
    rows = table.select(schema.names).cast(schema)
    with pq.ParquetWriter(buffer, schema, compression="zstd", version="2.6") as writer:
        for start in range(0, rows.num_rows, ROW_GROUP):
            writer.write_table(rows.slice(start, ROW_GROUP).combine_chunks())
    sink.write(buffer.getvalue().to_pybytes())


def read_table(source: IO[bytes], columns: Sequence[str] | None = None) -> pa.Table:
    """Read one Parquet file from an open binary file, TFX's too."""
    return pq.read_table(pa.BufferReader(source.read()), columns=columns)
