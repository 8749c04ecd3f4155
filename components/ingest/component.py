"""FaceIngest: reads the label sources into one manifest."""

import json
import logging
import os

from tfx import v1 as tfx
from tfx.dsl.io import fileio

from components.ingest.manifest import IngestOptions, manifest_tables
from schemas import parquet, tables
from schemas.artifacts import Manifest
from schemas.config.blocks import DASK_ADDRESS, Config
from schemas.config.serialization import load
from schemas.progress import report_progress

_log = logging.getLogger(__name__)


@tfx.dsl.components.component
def FaceIngest(  # noqa: N802 - TFX components read as classes.
    manifest: tfx.dsl.components.OutputArtifact[Manifest],
    sources: tfx.dsl.components.Parameter[str],
    fingerprint: tfx.dsl.components.Parameter[str],  # noqa: ARG001 - part of the cache key.
    code: tfx.dsl.components.Parameter[str],  # noqa: ARG001 - part of the cache key.
) -> None:
    """Write `manifest.parquet`.

    `sources` is the part of a Config that names labels and images, as JSON; `fingerprint` is the
    hash of their contents, `code` the hash of this step's source code. Dask's scheduler comes from
    the environment: it changes no byte.
    """
    config = load(Config, sources)
    options = IngestOptions(
        dask_address=os.environ.get(DASK_ADDRESS) or None,
        progress=lambda done, total: report_progress(_log, done, total, "images"),
        ignored_files=lambda count: _log.info("%d files of the system passed over", count),
        images=config.images,
        near_repeats=config.labels.near_repeats != "off",
    )
    fileio.makedirs(manifest.uri)
    path = os.path.join(manifest.uri, tables.MANIFEST_FILE)
    with (
        fileio.open(path, "wb") as file,
        parquet.TableWriter(file, tables.MANIFEST) as writer,
    ):
        for table in manifest_tables(config.data, config.source_names, options):
            writer.write(table)
    _log.info("the manifest has the rows of %s", json.dumps(config.source_names))
