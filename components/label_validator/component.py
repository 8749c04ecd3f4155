"""LabelValidator: applies a label policy to the manifest."""

import json
import os

from tfx import v1 as tfx
from tfx.dsl.io import fileio

from components.label_validator.validation import BLOCK_ROWS, LabelValidation
from schemas import parquet, tables
from schemas.artifacts import LabelReport, Manifest, Rejects
from schemas.config.blocks import LabelsConfig
from schemas.config.serialization import load
from schemas.errors import DataError
from schemas.row_counts import check_share


@tfx.dsl.components.component
def LabelValidator(  # noqa: N802, PLR0913 - TFX components read as classes and take channels apart.
    manifest: tfx.dsl.components.InputArtifact[Manifest],
    accepted: tfx.dsl.components.OutputArtifact[Manifest],
    rejects: tfx.dsl.components.OutputArtifact[Rejects],
    report: tfx.dsl.components.OutputArtifact[LabelReport],
    labels: tfx.dsl.components.Parameter[str],
    vocabularies: tfx.dsl.components.Parameter[str],
    notes: tfx.dsl.components.Parameter[str],
    code: tfx.dsl.components.Parameter[str],  # noqa: ARG001 - part of the cache key.
) -> None:
    """Write accepted rows, rejected rows and the report.

    `labels` is a LabelsConfig, `vocabularies` maps source names to those of their label texts, and
    `notes` are the report's sentences on the sources, all as JSON; `code` is the hash of this
    step's source code.
    """
    config = load(LabelsConfig, labels)
    path = os.path.join(manifest.uri, tables.MANIFEST_FILE)
    validation = LabelValidation(config, json.loads(vocabularies))
    with fileio.open(path, "rb") as file:
        for block in parquet.read_blocks(file, BLOCK_ROWS):
            validation.add(block)
    folders = {
        tables.MANIFEST_FILE: accepted.uri,
        tables.REJECTS_FILE: rejects.uri,
        tables.REPORT_FILE: report.uri,
    }
    for uri in folders.values():
        fileio.makedirs(uri)
    with fileio.open(path, "rb") as file:
        counts = validation.write_outputs(
            lambda: parquet.read_blocks(file, BLOCK_ROWS),
            json.loads(notes),
            lambda name: fileio.open(os.path.join(folders[name], name), "wb"),
        )
    if not counts.accepted:
        raise DataError(
            f"no rows left: all {counts.rows} are rejected, "
            f"{json.dumps(counts.rejected)}. See `facefold labels`."
        )
    check_share(counts.unique - counts.accepted, counts.unique, config.max_reject_share)
