"""BiasReview's executor: predictions, models and reports to the page and the verdict."""

import json
import os
from typing import Any

import pyarrow as pa
from tfx.dsl.components.base.base_executor import BaseExecutor
from tfx.dsl.io import fileio
from tfx.types import artifact_utils
from tfx.utils import path_utils

from components.bias_review.notes import training_notes
from components.bias_review.output.html import render
from components.bias_review.review import review
from components.bias_review.run_info import FoldModel, PushedModel, ReviewProtocol, RunInfo
from schemas import parquet, tables, training_record
from schemas.artifact_files import TRAINING_RECORD_FILE
from schemas.artifacts import numbered
from schemas.blessing import bless, is_blessed
from schemas.config.blocks import Config
from schemas.config.serialization import load
from schemas.labels.classes import class_names, heads, table_name
from schemas.labels.rejection_reasons import STAGE_IMAGES, STAGE_LABELS
from schemas.labels.small_classes import class_warnings
from schemas.prediction_table import PREDICTIONS_FILE
from schemas.row_counts import RowCounts
from schemas.training_record import TrainingRecord

# Keys of the channels: the first three once per split (`evaluation_0`...), the others once.
EVALUATION = "evaluation"
EVALUATOR_BLESSING = "evaluator_blessing"
MODEL = "model"
PUSHED = "pushed"  # The model that is pushed if it is blessed.
LABEL_REPORT = "label_report"
IMAGE_REPORT = "image_report"
PAGE = "page"
BLESSING = "blessing"
# Keys of the parameters.
CONFIG = "config"  # The part of the Config that the page shows, as JSON.
PROTOCOL = "protocol"  # A ReviewProtocol as JSON.
CODE = "code"  # Hash of the sources behind this step; part of the cache key.

Channels = dict[str, list[Any]]


class Executor(BaseExecutor):
    """TFX calls `Do`."""

    def Do(  # noqa: N802 - TFX's name.
        self, input_dict: Channels, output_dict: Channels, exec_properties: dict[str, Any]
    ) -> None:
        """Write the page, and bless if the gate and every Evaluator do."""
        config = load(Config, exec_properties[CONFIG])
        protocol = load(ReviewProtocol, exec_properties[PROTOCOL])
        uris = {key: artifact_utils.get_single_uri(channel) for key, channel in input_dict.items()}
        blessings = [
            is_blessed(artifact_utils.get_single_instance(input_dict[key]), fileio)
            for key in numbered(EVALUATOR_BLESSING, len(protocol.held_out))
        ]
        classes = config.labels.tables
        result = review(
            [_read_predictions(uri) for uri in _split_uris(uris, EVALUATION, protocol)],
            _run_info(uris, blessings, config, protocol),
            config.evaluate,
            {head: class_names(head, classes) for head, _ in heads(config.labels.target, classes)},
            config.seed,
        )
        page = artifact_utils.get_single_uri(output_dict[PAGE])
        fileio.makedirs(page)
        for name, text in render(result).items():
            with fileio.open(os.path.join(page, name), "wb") as file:
                file.write(text.encode())
        blessing = artifact_utils.get_single_instance(output_dict[BLESSING])
        bless(blessing, fileio, blessed=result.verdict.blessed)


def _run_info(
    uris: dict[str, str], blessings: list[bool], config: Config, protocol: ReviewProtocol
) -> RunInfo:
    labels, images = _read_report(uris[LABEL_REPORT]), _read_report(uris[IMAGE_REPORT])
    pushed = _read_training(uris[PUSHED])
    cross_validation = config.folds.cross_validation
    fold_models = [
        FoldModel.of(held_out[0], blessed, _read_training(uri))
        for held_out, blessed, uri in zip(
            protocol.held_out, blessings, _split_uris(uris, MODEL, protocol), strict=True
        )
    ]
    return RunInfo(
        name=config.name,
        model=pushed.description.model,
        parameters=pushed.result.parameters,
        side=config.images.side,
        target=config.labels.target,
        policy=table_name(config.labels.policy),
        datasets=tuple(source.dataset for source in config.data),
        held_out=tuple(fold for folds in protocol.held_out for fold in folds),
        training=protocol.training,
        names_subjects=protocol.names_subjects,
        evaluator_blessed=all(blessings),
        accounting=(_row_counts(STAGE_LABELS, labels), _row_counts(STAGE_IMAGES, images)),
        warnings=_class_warnings(labels, config),
        notes=(*labels["notes"], *training_notes(pushed, evaluated=not cross_validation)),
        fold_models=tuple(fold_models) if cross_validation else (),
        pushed=PushedModel.of(pushed) if cross_validation else None,
    )


def _class_warnings(labels: dict[str, Any], config: Config) -> tuple[str, ...]:
    folds, least = tuple(labels["by_fold"]), config.evaluate.min_images
    return tuple(class_warnings(labels["by_label"], folds, config.folds.test, least))


def _split_uris(uris: dict[str, str], key: str, protocol: ReviewProtocol) -> list[str]:
    return [uris[name] for name in numbered(key, len(protocol.held_out))]


def _read_predictions(uri: str) -> pa.Table:
    with fileio.open(os.path.join(uri, PREDICTIONS_FILE), "rb") as file:
        return parquet.read_table(file)


def _read_training(model: str) -> TrainingRecord:
    folder = path_utils.serving_model_path(model)
    with fileio.open(os.path.join(folder, TRAINING_RECORD_FILE)) as file:
        return training_record.load(file.read(), folder)


def _read_report(folder: str) -> dict[str, Any]:
    with fileio.open(os.path.join(folder, tables.REPORT_FILE)) as file:
        report: dict[str, Any] = json.loads(file.read())
    return report


def _row_counts(stage: str, report: dict[str, Any]) -> RowCounts:
    return RowCounts(stage, report["rows"], report["accepted"], report["rejected"])
