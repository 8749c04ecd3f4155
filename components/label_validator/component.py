"""LabelValidator: the manifest under a label policy, to accepted rows, Rejects and the report."""

import json
import os

import pyarrow as pa
from tfx import v1 as tfx
from tfx.dsl.io import fileio

from components.label_validator.validation import validate
from schemas import records
from schemas.accounting import check_share
from schemas.artifacts import LabelReport, Manifest, Rejects
from schemas.config import LabelsConfig
from schemas.errors import DataError
from schemas.typed import load


def _write(uri: str, name: str, table: pa.Table, schema: pa.Schema) -> None:
    fileio.makedirs(uri)
    with fileio.open(os.path.join(uri, name), "wb") as file:
        records.write_table(table, file, schema)


@tfx.dsl.components.component
def LabelValidator(  # noqa: N802, PLR0913 - TFX components read as classes and take channels apart.
    manifest: tfx.dsl.components.InputArtifact[Manifest],
    accepted: tfx.dsl.components.OutputArtifact[Manifest],
    rejects: tfx.dsl.components.OutputArtifact[Rejects],
    report: tfx.dsl.components.OutputArtifact[LabelReport],
    labels: tfx.dsl.components.Parameter[str],
    notes: tfx.dsl.components.Parameter[str],
    code: tfx.dsl.components.Parameter[str],  # noqa: ARG001 - part of the cache key.
) -> None:
    """Write both sides and the report.

    `labels` is a LabelsConfig and `notes` the report's sentences on the sources, both as JSON;
    `code` is the hash of the sources behind this step.
    """
    config = load(LabelsConfig, labels)
    with fileio.open(os.path.join(manifest.uri, records.MANIFEST_FILE), "rb") as file:
        rows = records.read_table(file)
    outcome = validate(rows, config, json.loads(notes))
    _write(accepted.uri, records.MANIFEST_FILE, outcome.accepted, records.MANIFEST)
    _write(rejects.uri, records.REJECTS_FILE, outcome.rejects, records.REJECTS)
    fileio.makedirs(report.uri)
    with fileio.open(os.path.join(report.uri, records.REPORT_FILE), "w") as file:
        file.write(outcome.report.to_json())
    if not outcome.report.accepted:
        raise DataError(
            f"no rows left: all {outcome.report.rows} are rejected, "
            f"{json.dumps(outcome.report.rejected)}. See `facefold labels`."
        )
    check_share(
        outcome.report.rows - outcome.report.accepted, outcome.report.rows, config.max_reject_share
    )
