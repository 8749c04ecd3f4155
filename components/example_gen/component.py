"""FaceExampleGen: accepted rows to TFRecord shards."""

import json
import os
from typing import Any

import apache_beam as beam
from tfx import v1 as tfx
from tfx.components.util import examples_utils
from tfx.dsl.io import fileio
from tfx.proto import example_gen_pb2
from tfx.types import artifact_utils

from components.example_gen.read import Reading
from components.example_gen.report import check_report, image_report, rejects_table
from components.example_gen.transforms import REJECTED, WriteFaces
from schemas import records
from schemas.artifacts import ImageReport, LabelReport, Manifest, Rejects
from schemas.config import ImagesConfig
from schemas.typed import load


def _write_results(
    _: None,
    rejected: list[dict[str, Any]],
    written: list[tuple[str, int]],
    rows: int,
    folders: tuple[str, str],
) -> None:
    """Write rejects and report, as the last Beam step: both are small."""
    rejects_uri, report_uri = folders
    fileio.makedirs(rejects_uri)
    fileio.makedirs(report_uri)
    with fileio.open(os.path.join(rejects_uri, records.REJECTS_FILE), "wb") as file:
        records.write_table(rejects_table(rejected), file, records.REJECTS)
    with fileio.open(os.path.join(report_uri, records.REPORT_FILE), "w") as file:
        file.write(json.dumps(image_report(rows, written, rejected), indent=1))


def _read_json(uri: str) -> dict[str, Any]:
    with fileio.open(os.path.join(uri, records.REPORT_FILE)) as file:
        content: dict[str, Any] = json.loads(file.read())
    return content


def _read_manifest(uri: str) -> list[dict[str, Any]]:
    with fileio.open(os.path.join(uri, records.MANIFEST_FILE), "rb") as file:
        rows: list[dict[str, Any]] = records.read_table(file).to_pylist()
    return rows


@tfx.dsl.components.component(use_beam=True)
def FaceExampleGen(  # noqa: N802, PLR0913 - TFX components read as classes and take channels apart.
    manifest: tfx.dsl.components.InputArtifact[Manifest],
    label_report: tfx.dsl.components.InputArtifact[LabelReport],
    examples: tfx.dsl.components.OutputArtifact[tfx.types.standard_artifacts.Examples],
    rejects: tfx.dsl.components.OutputArtifact[Rejects],
    report: tfx.dsl.components.OutputArtifact[ImageReport],
    images: tfx.dsl.components.Parameter[str],
    roots: tfx.dsl.components.Parameter[str],
    classes: tfx.dsl.components.Parameter[str],
    folds: tfx.dsl.components.Parameter[str],
    max_reject_share: tfx.dsl.components.Parameter[float],
    code: tfx.dsl.components.Parameter[str],  # noqa: ARG001 - part of the cache key.
    beam_pipeline: tfx.dsl.components.BeamComponentParameter[beam.Pipeline] = None,
) -> None:
    """Write one split a fold, Rejects and the account.

    `images` is an ImagesConfig, `roots` {source name: image root} and `folds` a list of the folds
    that must hold faces, all as JSON; `code` is the hash of the sources behind this step.
    """
    rows = _read_manifest(manifest.uri)
    reading = Reading(load(ImagesConfig, images), json.loads(roots), classes)
    fileio.makedirs(examples.uri)
    with beam_pipeline as pipeline:
        outputs = pipeline | "WriteFaces" >> WriteFaces(examples.uri, reading, rows)
        _ = (
            pipeline
            | "Once" >> beam.Create([None])
            | "WriteResults"
            >> beam.Map(
                _write_results,
                rejected=beam.pvalue.AsList(outputs[REJECTED]),
                written=beam.pvalue.AsList(outputs.written),
                rows=len(rows),
                folders=(rejects.uri, report.uri),
            )
        )
    outcome = _read_json(report.uri)
    check_report(outcome, _read_json(label_report.uri), json.loads(folds), max_reject_share)
    examples.split_names = artifact_utils.encode_split_names(list(outcome["by_fold"]))
    examples_utils.set_payload_format(examples, example_gen_pb2.PayloadFormat.FORMAT_TF_EXAMPLE)
