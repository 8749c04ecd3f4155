"""Evaluator: TFMA on the held-out splits, and a blessing by the overall accuracy."""

import json
import os
from collections import Counter
from typing import Any

import apache_beam as beam
import pyarrow.compute as pc
import tensorflow_model_analysis as tfma
from tfx import v1 as tfx
from tfx.components.util import tfxio_utils
from tfx.dsl.io import fileio
from tfx.utils import io_utils, path_utils

from components.evaluator.eval_config import Heads, make_eval_config, output_names
from components.evaluator.example_weights import weight_extractor
from components.evaluator.prediction_parts import WriteParts, merge_parts, remove_parts
from components.evaluator.prediction_writer import rows_of
from components.evaluator.quality_buckets import bucket_extractor
from components.records.counts import check_all_read, stored_faces
from components.records.reading import ReadRecords, record_files
from schemas import parquet
from schemas.config.blocks import EvaluateConfig
from schemas.config.serialization import load
from schemas.errors import DataError
from schemas.labels.classes import MISSING_CLASS
from schemas.prediction_table import PREDICTIONS_FILE
from schemas.release.blessing import bless

_PREDICTIONS = "predictions"
# Faces per batch. Beam adapts its own size to timings, and the size may change the last digit.
_BATCH = 64


@beam.ptransform_fn
def _WritePredictions(  # noqa: N802 - a PTransform reads as a class.
    evaluation: dict[str, beam.PCollection], heads: list[str], uri: str
) -> beam.PCollection:
    extracts = evaluation[_PREDICTIONS]
    parts = (
        extracts
        | "Rows" >> beam.FlatMap(rows_of, heads=heads)
        | "Parts" >> beam.ParDo(WriteParts(uri))
    )
    return (
        extracts.pipeline
        | "Once" >> beam.Create([None])
        | "Merge" >> beam.Map(merge_parts, parts=beam.pvalue.AsList(parts), folder=uri)
    )


def _read_splits(
    pipeline: beam.Pipeline, examples: Any, splits: list[str], schema: Any
) -> tuple[beam.PCollection, Any]:
    """Record batches of all splits, and their reader."""
    files = [file for split in splits for file in record_files(examples, split)]
    reader = tfxio_utils.get_tfxio_factory_from_artifact(
        examples=[examples],
        telemetry_descriptors=["Evaluator"],
        schema=schema,
        raw_record_column_name=tfma.ARROW_INPUT_COLUMN,
    )(files)
    batches = (
        pipeline
        | "Records" >> ReadRecords(files)
        | "Decode" >> reader.RawRecordToRecordBatch(_BATCH)
    )
    return batches, reader


@tfx.dsl.components.component(use_beam=True)
def Evaluator(  # noqa: N802, PLR0913 - TFX components read as classes and take channels apart.
    examples: tfx.dsl.components.InputArtifact[tfx.types.standard_artifacts.Examples],
    model: tfx.dsl.components.InputArtifact[tfx.types.standard_artifacts.Model],
    schema: tfx.dsl.components.InputArtifact[tfx.types.standard_artifacts.Schema],
    evaluation: tfx.dsl.components.OutputArtifact[tfx.types.standard_artifacts.ModelEvaluation],
    blessing: tfx.dsl.components.OutputArtifact[tfx.types.standard_artifacts.ModelBlessing],
    evaluate: tfx.dsl.components.Parameter[str],
    heads: tfx.dsl.components.Parameter[str],
    splits: tfx.dsl.components.Parameter[str],
    code: tfx.dsl.components.Parameter[str],  # noqa: ARG001 - part of the cache key.
    beam_pipeline: tfx.dsl.components.BeamComponentParameter[beam.Pipeline] = None,
) -> None:
    """Write TFMA's results and `predictions.parquet`, and the blessing.

    `evaluate` is an EvaluateConfig, `heads` [[head, classes]] and `splits` the held-out folds, all
    as JSON; `code` is the hash of the sources behind this step.
    """
    served_heads = [(head, classes) for head, classes in json.loads(heads)]
    names = [head for head, _ in served_heads]
    config = tfma.utils.update_eval_config_with_defaults(
        make_eval_config(load(EvaluateConfig, evaluate), served_heads)
    )
    tfma.utils.verify_eval_config(config)
    shared_model = tfma.default_eval_shared_model(
        eval_saved_model_path=path_utils.serving_model_path(model.uri), eval_config=config
    )
    definition = io_utils.SchemaReader().read(io_utils.get_only_uri_in_dir(schema.uri))
    held_out = json.loads(splits)
    with beam_pipeline as pipeline:
        batches, reader = _read_splits(pipeline, examples, held_out, definition)
        extractors = tfma.default_extractors(
            eval_shared_model=shared_model,
            eval_config=config,
            tensor_adapter_config=reader.TensorAdapterConfig(),
        )
        # After TFMA's stages for raw and transformed features, before its weights and slices.
        extractors[2:2] = [weight_extractor(names), bucket_extractor()]
        evaluators = tfma.default_evaluators(eval_shared_model=shared_model, eval_config=config)
        evaluators.append(
            tfma.evaluators.AnalysisTableEvaluator(
                key=_PREDICTIONS, include=["features", "transformed_features", "predictions"]
            )
        )
        writers = tfma.default_writers(
            output_path=evaluation.uri, eval_shared_model=shared_model, eval_config=config
        )
        writers.append(
            tfma.writers.Writer("WritePredictions", _WritePredictions(names, evaluation.uri))
        )
        _ = batches | "Evaluate" >> tfma.ExtractEvaluateAndWriteResults(
            eval_shared_model=shared_model,
            eval_config=config,
            extractors=extractors,
            evaluators=evaluators,
            writers=writers,
        )
    remove_parts(evaluation.uri)
    faces = _check_counts(evaluation.uri, served_heads)
    check_all_read("Evaluator", faces, stored_faces(examples, held_out), ", ".join(held_out))
    bless(blessing, fileio, blessed=tfma.load_validation_result(evaluation.uri).validation_ok)


def _check_counts(uri: str, heads: Heads) -> int:
    """Check that the table holds one prediction per label that TFMA counted.

    Returns:
      The number of faces.
    """
    with fileio.open(os.path.join(uri, PREDICTIONS_FILE), "rb") as file:
        rows = parquet.read_table(file, columns=["key", "head", "label"])
    pairs = rows.group_by(["key", "head"]).aggregate([("label", "max")])
    labelled = pairs.filter(pc.not_equal(pairs["label_max"], MISSING_CLASS))
    stored = Counter(labelled["head"].to_pylist())
    counted = _label_counts(uri, heads)
    if counted != {head: stored[head] for head, _ in heads} or pairs.num_rows != rows.num_rows:
        raise DataError(
            f"TFMA counted the labels {counted}, the table of predictions holds {dict(stored)} in "
            f"{rows.num_rows} rows; expected the same numbers. Two faces may have the same key."
        )
    return len(pc.unique(rows["key"]))


def _label_counts(uri: str, heads: Heads) -> dict[str, int]:
    """{head: labelled faces of all held-out folds}, as counted by TFMA."""
    result = tfma.load_eval_result(uri)
    slices = result.slicing_metrics
    overall: dict[str, Any] = next((outputs for key, outputs in slices if not key), {})
    if not overall:
        raise DataError(
            "the held-out folds have no faces, expected one or more. "
            "Hold out other folds (folds.test)."
        )
    outputs = {head: "".join(output_names(head, heads)) for head, _ in heads}
    return {
        head: round(overall[output][""]["example_count"]["doubleValue"])
        for head, output in outputs.items()
    }
