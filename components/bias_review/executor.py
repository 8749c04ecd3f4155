"""BiasReview's executor: predictions, models and reports to the page and the verdict."""

import datetime
import hashlib
import json
import os
from importlib.metadata import version
from typing import Any

import pyarrow as pa
from tfx.dsl.components.base.base_executor import BaseExecutor
from tfx.dsl.io import fileio
from tfx.types import artifact_utils
from tfx.utils import path_utils

from components.bias_review import supply
from components.bias_review.changes import Earlier
from components.bias_review.examples import show
from components.bias_review.notes import training_notes
from components.bias_review.output.html import render
from components.bias_review.review import Review, review
from components.bias_review.run_info import (
    FoldModel,
    Identity,
    PushedModel,
    ReviewProtocol,
    RunInfo,
)
from components.bias_review.stored_faces import read_pictures
from components.records.reading import record_files
from schemas import parquet, tables, training_record
from schemas.artifact_files import TRAINING_RECORD_FILE
from schemas.artifacts import numbered
from schemas.config.blocks import Config
from schemas.config.serialization import load
from schemas.errors import DataError
from schemas.labels.classes import TARGETS, class_names, heads, table_name
from schemas.labels.rejection_reasons import STAGE_IMAGES, STAGE_LABELS
from schemas.labels.small_classes import class_warnings
from schemas.prediction_table import PREDICTIONS_FILE
from schemas.release import pushes
from schemas.release.blessing import bless
from schemas.release.model_hash import model_hash
from schemas.row_counts import RowCounts
from schemas.slices import slice_columns
from schemas.tables import MANIFEST_FILE, REJECTS_FILE
from schemas.training_record import TrainingRecord

# Keys of the channels: the first two once per split (`evaluation_0`...), the others once.
EVALUATION = "evaluation"
MODEL = "model"
PUSHED = "pushed"  # The model that is pushed if it is blessed.
LABEL_REPORT = "label_report"
IMAGE_REPORT = "image_report"
EXAMPLES = "examples"  # The stored faces; read only if the page shows some.
ACCEPTED = "accepted"  # The rows that the labels' policy accepted.
IMAGE_REJECTS = "image_rejects"  # Those of them whose images were rejected.
PAGE = "page"
BLESSING = "blessing"
# Keys of the parameters.
CONFIG = "config"  # The part of the Config that the page shows, as JSON.
PROTOCOL = "protocol"  # A ReviewProtocol as JSON.
DATA = "data"  # Hash of the sources' files.
DIRECTORY = "directory"  # The serving folder with the log of pushes.
CODE = "code"  # Hash of the sources behind this step; part of the cache key.

_PACKAGES = ("facefold", "tensorflow", "keras", "tfx", "apache-beam")

Channels = dict[str, list[Any]]


class Executor(BaseExecutor):
    """TFX calls `Do`."""

    def Do(  # noqa: N802 - TFX's name.
        self, input_dict: Channels, output_dict: Channels, exec_properties: dict[str, Any]
    ) -> None:
        """Write the page, and bless what the gate releases."""
        config = load(Config, exec_properties[CONFIG])
        protocol = load(ReviewProtocol, exec_properties[PROTOCOL])
        uris = {key: artifact_utils.get_single_uri(channel) for key, channel in input_dict.items()}
        classes = config.labels.tables
        identity = _identity(uris, exec_properties)
        predictions = [_read_predictions(uri) for uri in _split_uris(uris, EVALUATION, protocol)]
        result = review(
            predictions,
            _run_info(uris, config, protocol, identity),
            config.evaluate,
            {head: class_names(head, classes) for head, _ in heads(config.labels.target, classes)},
            config.seed,
            _earlier(exec_properties[DIRECTORY], identity.model),
        )
        if config.evaluate.examples:
            result = _with_examples(result, input_dict[EXAMPLES], config.images.side)
        page = artifact_utils.get_single_uri(output_dict[PAGE])
        fileio.makedirs(page)
        for name, text in render(result).items():
            with fileio.open(os.path.join(page, name), "wb") as file:
                file.write(text.encode())
        with fileio.open(os.path.join(page, pushes.FACES_FILE), "wb") as file:
            parquet.write_table(pushes.faces(predictions), file, pushes.FACES)
        blessing = artifact_utils.get_single_instance(output_dict[BLESSING])
        bless(blessing, fileio, blessed=result.verdict.released)


def _identity(uris: dict[str, str], properties: dict[str, Any]) -> Identity:
    return Identity(
        date=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        versions=tuple((package, version(package)) for package in _PACKAGES),
        model=model_hash(path_utils.serving_model_path(uris[PUSHED]), fileio),
        data=properties[DATA],
        config=hashlib.sha256(properties[CONFIG].encode()).hexdigest(),
        code=properties[CODE],
    )


def _earlier(directory: str, model: str) -> Earlier | None:
    """The last pushed model's predictions."""
    last = pushes.last_other(pushes.read_log(directory, fileio), model)
    if last is None:
        return None
    path = pushes.faces_path(directory, last)
    if not fileio.exists(path):
        raise DataError(
            f"{path} is missing, expected what the pushed model {last.version} predicted. Remove "
            f"the line of that model from {pushes.LOG_FILE} beside it, or restore the file."
        )
    with fileio.open(path, "rb") as file:
        return Earlier(last.version, last.model, last.date, last.classes, parquet.read_table(file))


def _with_examples(result: Review, examples: list[Any], side: int) -> Review:
    """The review with the pictures of the faces that it chose."""
    chosen = [pair for head in result.heads for pair in head.chosen]
    [stored] = examples
    files = [file for fold in result.run.held_out for file in record_files(stored, fold)]
    pictures = read_pictures(files, {face.key for _, faces in chosen for face in faces})
    return result._replace(examples=show(chosen, pictures, side))


def _run_info(
    uris: dict[str, str], config: Config, protocol: ReviewProtocol, identity: Identity
) -> RunInfo:
    labels, images = _read_report(uris[LABEL_REPORT]), _read_report(uris[IMAGE_REPORT])
    pushed = _read_training(uris[PUSHED])
    cross_validation = config.folds.cross_validation
    trainings = [_read_training(uri) for uri in _split_uris(uris, MODEL, protocol)]
    fold_models = [
        FoldModel.of(held_out[0], training)
        for held_out, training in zip(protocol.held_out, trainings, strict=True)
    ]
    rows = _read_rows(uris, labels)
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
        untrained=_untrained([pushed, *trainings]),
        accounting=(_row_counts(STAGE_LABELS, labels), _row_counts(STAGE_IMAGES, images)),
        warnings=_class_warnings(rows.stored, tuple(labels["by_fold"]), config),
        notes=(*labels["notes"], *training_notes(pushed, evaluated=not cross_validation)),
        fold_models=tuple(fold_models) if cross_validation else (),
        pushed=PushedModel.of(pushed) if cross_validation else None,
        identity=identity,
        supply=supply.count(rows, protocol.training, slice_columns(config.evaluate.slices)),
        repaired=labels["repaired"],
        synthetic=tuple(source.dataset for source in config.data if source.synthetic),
    )


def _read_rows(uris: dict[str, str], labels: dict[str, Any]) -> supply.LabelRows:
    """The accepted rows, divided by whether their images are stored."""
    with fileio.open(os.path.join(uris[ACCEPTED], MANIFEST_FILE), "rb") as file:
        accepted = parquet.read_table(file, list(supply.COLUMNS))
    with fileio.open(os.path.join(uris[IMAGE_REJECTS], REJECTS_FILE), "rb") as file:
        rejects = parquet.read_table(file, ["key"])
    return supply.LabelRows(*supply.split(accepted, rejects), labels["groups"])


def _untrained(trainings: list[TrainingRecord]) -> dict[str, tuple[str, ...]]:
    """The classes of each head that one of the models never saw."""
    found = {}
    for head, names in trainings[0].description.heads.items():
        counted = [(each.trained_on or {}).get(head) for each in trainings]
        found[head] = tuple(
            name for name in names if any(seen is not None and not seen[name] for seen in counted)
        )
    return found


def _class_warnings(stored: pa.Table, folds: tuple[str, ...], config: Config) -> tuple[str, ...]:
    tables = config.labels.tables
    by_label = {
        label: supply.classes_by_fold(stored, label, class_names(label, tables))
        for label in TARGETS[config.labels.target]
    }
    least = config.evaluate.min_images
    return tuple(class_warnings(by_label, folds, config.folds.test, least))


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
