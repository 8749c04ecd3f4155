"""What BiasReview does: reads predictions, models and reports, writes the page and the verdict."""

import json
import os
from typing import Any

import pyarrow as pa
from tfx.dsl.components.base.base_executor import BaseExecutor
from tfx.dsl.io import fileio
from tfx.types import artifact_utils
from tfx.utils import path_utils

from components.bias_review.notes import origin_notes, sweep_notes
from components.bias_review.output.html import render
from components.bias_review.review import review
from components.bias_review.run_info import FoldModel, PushedModel, RunInfo
from schemas import parquet, training_record
from schemas import tables as records
from schemas.artifact_files import FACTS_FILE
from schemas.blessing import bless, is_blessed
from schemas.channels import numbered
from schemas.config.blocks import Config
from schemas.config.serialization import load
from schemas.labels.classes import class_names, heads, table_name
from schemas.labels.rejection_reasons import STAGE_IMAGES, STAGE_LABELS
from schemas.row_counts import RowCounts
from schemas.training_record import TrainingRecord

# Keys of the channels: the first three once a round (`evaluation_0`...), the others once.
EVALUATION = "evaluation"
EVALUATOR_BLESSING = "evaluator_blessing"
MODEL = "model"
PUSHED = "pushed"  # The model that is pushed if it is blessed.
LABEL_REPORT = "label_report"
IMAGE_REPORT = "image_report"
PAGE = "page"
BLESSING = "blessing"
# Keys of the parameters.
CONFIG = "config"  # The part of the Config that the page tells, as JSON.
# JSON: `rounds` (the held-out folds of each), `training` (the folds that the pushed model trained
# on), `names_subjects` (whether the data name them).
PROTOCOL = "protocol"
CODE = "code"  # Hash of the sources behind this step; part of the cache key.

Channels = dict[str, list[Any]]


class Executor(BaseExecutor):
    """TFX calls `Do`."""

    def Do(  # noqa: N802 - TFX's name.
        self, input_dict: Channels, output_dict: Channels, exec_properties: dict[str, Any]
    ) -> None:
        """Write the page, and bless if the evaluation, this gate and every Evaluator say so."""
        settings = load(Config, exec_properties[CONFIG])
        protocol = json.loads(exec_properties[PROTOCOL])
        run = _run_info(input_dict, settings, protocol)
        tables = [_read_predictions(uri) for uri in _uris(input_dict, EVALUATION, protocol)]
        names = {
            head: class_names(head, settings.labels.classes)
            for head, _ in heads(settings.labels.target, settings.labels.classes)
        }
        result = review(tables, run, settings.evaluate, names, settings.seed)
        page = artifact_utils.get_single_uri(output_dict[PAGE])
        fileio.makedirs(page)
        for name, text in render(result).items():
            with fileio.open(os.path.join(page, name), "wb") as file:
                file.write(text.encode())
        blessing = artifact_utils.get_single_instance(output_dict[BLESSING])
        bless(blessing, fileio, blessed=result.verdict.blessed)


def _run_info(inputs: Channels, settings: Config, protocol: dict[str, Any]) -> RunInfo:
    rounds = [tuple(folds) for folds in protocol["rounds"]]
    labels = _read_json(artifact_utils.get_single_uri(inputs[LABEL_REPORT]), records.REPORT_FILE)
    images = _read_json(artifact_utils.get_single_uri(inputs[IMAGE_REPORT]), records.REPORT_FILE)
    pushed = _read_training(artifact_utils.get_single_uri(inputs[PUSHED]))
    blessings = [
        is_blessed(artifact_utils.get_single_instance(inputs[key]), fileio)
        for key in numbered(EVALUATOR_BLESSING, len(rounds))
    ]
    crossed = settings.folds.cross_validation
    fold_models = [
        FoldModel.of(held_out[0], blessed, _read_training(uri))
        for held_out, blessed, uri in zip(
            rounds, blessings, _uris(inputs, MODEL, protocol), strict=True
        )
    ]
    return RunInfo(
        name=settings.name,
        model=pushed.description.model,
        parameters=pushed.result.parameters,
        side=settings.images.side,
        target=settings.labels.target,
        policy=table_name(settings.labels.policy),
        datasets=tuple(source.dataset for source in settings.data),
        held_out=tuple(fold for folds in rounds for fold in folds),
        training=tuple(protocol["training"]),
        names_subjects=protocol["names_subjects"],
        evaluator_blessed=all(blessings),
        accounting=(_account(STAGE_LABELS, labels), _account(STAGE_IMAGES, images)),
        notes=(
            *labels["notes"],
            *(() if crossed else _training_notes(pushed)),
            *origin_notes(pushed),
        ),
        fold_models=tuple(fold_models) if crossed else (),
        pushed=PushedModel.of(pushed) if crossed else None,
    )


def _uris(inputs: Channels, key: str, protocol: dict[str, Any]) -> list[str]:
    keys = numbered(key, len(protocol["rounds"]))
    return [artifact_utils.get_single_uri(inputs[each]) for each in keys]


def _read_predictions(uri: str) -> pa.Table:
    with fileio.open(os.path.join(uri, records.PREDICTIONS_FILE), "rb") as file:
        return parquet.read_table(file)


def _read_training(model: str) -> TrainingRecord:
    folder = path_utils.serving_model_path(model)
    with fileio.open(os.path.join(folder, FACTS_FILE)) as file:
        return training_record.load(file.read(), folder)


def _read_json(folder: str, name: str) -> dict[str, Any]:
    with fileio.open(os.path.join(folder, name)) as file:
        content: dict[str, Any] = json.loads(file.read())
    return content


def _account(stage: str, report: dict[str, Any]) -> RowCounts:
    return RowCounts(stage, report["rows"], report["accepted"], report["rejected"])


def _training_notes(training: TrainingRecord) -> tuple[str, ...]:
    split, result = training.split, training.result
    note = (
        f"trained on {split.training_images} images of {split.training_subjects} "
        f"subjects, best epoch {result.best_epoch} of {result.epochs_run} chosen on "
        f"{split.validation_images} images of {split.validation_subjects} other "
        "subjects of the training folds"
    )
    return note, *sweep_notes(training)
