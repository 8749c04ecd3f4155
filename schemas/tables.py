"""Schemas of the Parquet tables: manifest, rejects and predictions, typed and versioned."""

import pyarrow as pa

from schemas.metrics import METRICS

MANIFEST_VERSION = b"facefold.manifest/1"

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
    pa.field("detail", pa.string()),  # Message of the fault or of the rejection.
    pa.field("fault", pa.string()),  # Reason found at ingest, or null.
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
        # One of schemas/labels/rejection_reasons.py.
        pa.field("reason", pa.string(), nullable=False),
        pa.field("stage", pa.string(), nullable=False),  # Step that rejected the row.
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
        pa.field("height", pa.string(), nullable=False),  # Bucket names of schemas.slices.
        pa.field("width", pa.string(), nullable=False),
        pa.field("blur", pa.string(), nullable=False),
        pa.field("brightness", pa.string(), nullable=False),
        pa.field("face_found", pa.string(), nullable=False),
        pa.field("head", pa.string(), nullable=False),  # One row per face and head.
        pa.field("label", pa.int32(), nullable=False),  # Class index; -1 where it is missing.
        pa.field("predicted", pa.int32(), nullable=False),  # Index of the most probable class.
        # Of the predicted class; five decimals.
        pa.field("probability", pa.float32(), nullable=False),
        *(
            pa.field(name, pa.float32())  # Five decimals; null without the label.
            for name, metric in METRICS.items()
            if metric.needs_probabilities
        ),
    ],
    metadata={b"schema": b"facefold.predictions/2"},
)
PREDICTIONS_FILE = "predictions.parquet"
