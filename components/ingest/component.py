"""FaceIngest: label sources to one manifest."""

import json
import logging
import os

from tfx import v1 as tfx
from tfx.dsl.io import fileio

from components.ingest.manifest import build_manifest
from schemas import records
from schemas.artifacts import Manifest
from schemas.config import Config
from schemas.progress import report_progress
from schemas.typed import load

_log = logging.getLogger(__name__)


@tfx.dsl.components.component
def FaceIngest(  # noqa: N802 - TFX components read as classes.
    manifest: tfx.dsl.components.OutputArtifact[Manifest],
    sources: tfx.dsl.components.Parameter[str],
    fingerprint: tfx.dsl.components.Parameter[str],  # noqa: ARG001 - part of the cache key.
    code: tfx.dsl.components.Parameter[str],  # noqa: ARG001 - part of the cache key.
) -> None:
    """Write `manifest.parquet`.

    `sources` is the part of a Config that says where labels and images are, as JSON; `fingerprint`
    says what they look like, `code` is the hash of the sources behind this step.
    """
    config = load(Config, sources)
    table = build_manifest(
        config.data,
        config.source_names,
        dask_address=config.dask.address,
        progress=lambda done, total: report_progress(_log, done, total, "images"),
        max_bytes=config.images.max_bytes,
    )
    _log.info("%d rows: %s", table.num_rows, json.dumps(config.source_names))
    fileio.makedirs(manifest.uri)
    with fileio.open(os.path.join(manifest.uri, records.MANIFEST_FILE), "wb") as file:
        records.write_table(table, file, records.MANIFEST)
