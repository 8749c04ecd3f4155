"""FaceExampleGen: accepted rows to TFRecord shards."""

import json
import logging
import os
from typing import Any

import apache_beam as beam
import pyarrow as pa
from tfx import v1 as tfx
from tfx.components.util import examples_utils
from tfx.dsl.io import fileio
from tfx.proto import example_gen_pb2
from tfx.types import artifact_utils

from components.example_gen.face_features import Reading
from components.example_gen.image_report import check_report, write_results
from components.example_gen.shard_progress import watched
from components.example_gen.shards import shard_tables
from components.example_gen.transforms import REJECTED, WriteFaces
from components.example_gen.workers import set_workers
from schemas import parquet, tables
from schemas.artifacts import ImageReport, LabelReport, Manifest, Rejects
from schemas.config.blocks import ImagesConfig
from schemas.config.serialization import load

_log = logging.getLogger(__name__)


def _read_json(uri: str) -> dict[str, Any]:
    with fileio.open(os.path.join(uri, tables.REPORT_FILE)) as file:
        content: dict[str, Any] = json.loads(file.read())
    return content


def _read_manifest(uri: str) -> pa.Table:
    with fileio.open(os.path.join(uri, tables.MANIFEST_FILE), "rb") as file:
        return parquet.read_table(file)


def _empty(folder: str) -> None:
    """Begin with nothing: what a killed try left must not be read as this one's."""
    if fileio.exists(folder):
        fileio.rmtree(folder)
    fileio.makedirs(folder)


def _absolute(uri: str) -> str:
    """A path that means the same to a worker in another folder; a URI as it is."""
    return uri if "://" in uri else os.path.abspath(uri)


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
    that must hold faces, all as JSON; `code` is the hash of the sources behind this step. The
    examples carry `images` as a custom property: how to bring another picture to the same form.
    """
    rows = _read_manifest(manifest.uri)
    reading = Reading(load(ImagesConfig, images), json.loads(roots), classes)
    _empty(examples.uri)
    written, rejected, told = (_absolute(each.uri) for each in (examples, rejects, report))
    count = set_workers(beam_pipeline.options, rows.num_rows, reading.images)
    _log.info("%d worker process(es)", count)
    sizes = {shard.name: part.num_rows for shard, part in shard_tables(rows)}
    with watched(examples.uri, sizes), beam_pipeline as pipeline:
        outputs = pipeline | "WriteFaces" >> WriteFaces(written, reading, rows)
        _ = (
            pipeline
            | "Once" >> beam.Create([None])
            | "WriteResults"
            >> beam.Map(
                write_results,
                rejected=beam.pvalue.AsList(outputs[REJECTED]),
                written=beam.pvalue.AsList(outputs.written),
                rows=rows.num_rows,
                images=reading.images,
                folders=(rejected, told),
            )
        )
    outcome = _read_json(report.uri)
    check_report(outcome, _read_json(label_report.uri), json.loads(folds), max_reject_share)
    examples.set_string_custom_property("images", images)
    examples.split_names = artifact_utils.encode_split_names(list(outcome["by_fold"]))
    examples_utils.set_payload_format(examples, example_gen_pb2.PayloadFormat.FORMAT_TF_EXAMPLE)
