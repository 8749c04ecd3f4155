"""Schemas of the Parquet tables: manifest and rejects, typed and versioned."""

import pyarrow as pa

MANIFEST_VERSION = b"facefold.manifest/2"

_MANIFEST_FIELDS = [
    pa.field("key", pa.string(), nullable=False),  # `<source name>/<path>`, or `.../<file>:<line>`.
    pa.field("path", pa.string()),  # Relative to the image root, with `/`; null: malformed line.
    pa.field("subject", pa.string()),  # Adience face_id.
    pa.field("photographer", pa.string()),  # Adience user_id.
    pa.field("fold", pa.string(), nullable=False),  # `fold_0`...; `unknown` if not known yet.
    pa.field("age", pa.string()),  # Class names; null before the policy is applied.
    pa.field("gender", pa.string()),
    pa.field("race", pa.string()),
    pa.field("age_text", pa.string()),  # As written.
    pa.field("gender_text", pa.string()),
    pa.field("race_text", pa.string()),
    pa.field("detail", pa.string()),  # Message of the fault or of the rejection.
    pa.field("fault", pa.string()),  # Reason found at ingest, or null.
    pa.field("yaw", pa.float32()),  # Degrees; Adience fiducial_yaw_angle.
    pa.field("tilt", pa.float32()),  # Degrees; Adience tilt_ang.
    pa.field("landmark_score", pa.float32()),  # Adience fiducial_score.
    pa.field("content_hash", pa.string()),  # xxh3_128 of the file, 32 hex digits; null: not read.
    pa.field("source", pa.string(), nullable=False),  # Label file, relative to the labels' folder.
    pa.field("line", pa.int64(), nullable=False),  # 1 is the file's first line.
    # Of the picture (components/faces/near_hash.py), 64 hex digits; null: not compared.
    pa.field("near_hash", pa.string()),
]

MANIFEST = pa.schema(_MANIFEST_FIELDS, metadata={b"schema": MANIFEST_VERSION})

REJECTS = pa.schema(
    [
        *_MANIFEST_FIELDS,
        # One of schemas/labels/rejection_reasons.py.
        pa.field("reason", pa.string(), nullable=False),
        pa.field("stage", pa.string(), nullable=False),  # Step that rejected the row.
    ],
    metadata={b"schema": b"facefold.rejects/2"},
)

MANIFEST_FILE = "manifest.parquet"
REJECTS_FILE = "rejects.parquet"
REPORT_FILE = "report.json"
