"""What TFX's Trainer calls."""

import gc
import json
import os
from typing import Any

import keras
import tensorflow as tf
import tensorflow_transform as tft
from tfx.components.trainer.fn_args_utils import FnArgs

from components.trainer.data.dataset import Faces
from components.trainer.data.job import Task
from components.trainer.hardware import check_one_machine
from components.trainer.initial_weights import warm_start
from components.trainer.initial_weights.imagenet import weights_file
from components.trainer.initial_weights.weights_file import (
    read_record,
    write_record,
    write_weights,
)
from components.trainer.models.spec import ModelSpec
from components.trainer.saved_model import ServedModel, export, plain_copy
from components.trainer.training.checkpoint import Backup, backup_folder
from components.trainer.training.distribution import prepare_devices
from components.trainer.training.fit import Fitted, fit
from components.trainer.training.refit import read_choice, with_epochs
from schemas.config.blocks import ImagesConfig, TuneConfig
from schemas.config.serialization import dump, load
from schemas.config.train import TrainConfig
from schemas.errors import DivergedError
from schemas.labels.classes import class_names, heads
from schemas.sweep import Values, with_values
from schemas.training_record import (
    ChosenEpochs,
    DataOrigin,
    ModelDescription,
    StartRecord,
    SweepRecord,
    TrainingRecord,
)

# Keys of the custom config that the pipeline hands over.
TRAIN = "train"  # A TrainConfig as JSON.
SEED = "seed"
IMAGES = "images"  # An ImagesConfig as JSON.
TARGET = "target"
CLASSES = "classes"
VALIDATION_SHARE = "validation_share"
# Names of the held-out folds. None: nobody is held out, the last model of a cross-validation, whose
# epochs the hyperparameters tell.
HELD_OUT = "held_out"
SOURCES = "sources"  # The data sources as JSON, each a DataOrigin.
START = "start"  # Folder of the model to start from; empty: none.
WEIGHTS = "weights"  # Hash of what train.weights means; part of the cache key.
CODE = "code"  # Hash of the sources behind this step.
BACKUPS = "backups"  # Where unfinished trainings are kept: the same place from try to try.
TUNE = "tune"  # A TuneConfig as JSON, where there is a sweep.


def run_fn(fn_args: FnArgs) -> None:
    """Called by TFX: train on `train_files` and write the SavedModel to `serving_model_dir`.

    A training that was killed is gone on with, if all that it depends on is what it was.
    """
    check_one_machine()
    try:
        _train(fn_args)
    finally:
        keras.utils.clear_session()  # Frees the threads of this model before the next one trains.
        gc.collect()


def _train(fn_args: FnArgs) -> None:
    custom: dict[str, Any] = fn_args.custom_config
    config, chosen = _chosen(fn_args, load(TrainConfig, custom[TRAIN]))
    prepare_devices(config)  # On a cluster the step has a process of its own, which begins here.
    task = make_task(fn_args, config)
    graph = tft.TFTransformOutput(fn_args.transform_output)
    depends_on = [custom, dump(config), sorted(fn_args.train_files), fn_args.transform_output]
    backup = Backup(backup_folder(custom[BACKUPS], depends_on))
    try:
        fitted = fit(task, graph, fn_args.model_run_dir, backup)
    except DivergedError:
        backup.remove()  # It is over: another try begins anew.
        raise
    images = load(ImagesConfig, custom[IMAGES])
    names = {head: class_names(head, custom[CLASSES]) for head in task.heads}
    inputs: dict[str, tuple[str, ...]] = {
        label: class_names(label, custom[CLASSES]) for label in config.net.inputs
    }
    plain = plain_copy(config.model, task.spec, fitted.model)
    served = ServedModel(plain, graph, images, names, config.net.threshold, inputs)
    export(served, fn_args.serving_model_dir)
    write_weights(plain, fn_args.serving_model_dir)
    write_record(_record(fn_args, config, fitted, chosen), fn_args.serving_model_dir)
    backup.remove()  # Only now: a kill while the model is written would lose the training.


def _chosen(
    fn_args: FnArgs, config: TrainConfig
) -> tuple[TrainConfig, SweepRecord | ChosenEpochs | None]:
    """The config with the choice of an earlier step, if any, and that choice."""
    custom: dict[str, Any] = fn_args.custom_config
    if custom[HELD_OUT] is None:
        choice = read_choice(fn_args.hyperparameters)
        return with_epochs(config, choice.epochs), choice
    if TUNE not in custom:
        return config, None
    values: Values = fn_args.hyperparameters["values"]
    trials = load(TuneConfig, custom[TUNE]).trials
    return with_values(config, values), SweepRecord(trials, values)


def _record(
    fn_args: FnArgs,
    config: TrainConfig,
    fitted: Fitted,
    chosen: SweepRecord | ChosenEpochs | None,
) -> TrainingRecord:
    custom: dict[str, Any] = fn_args.custom_config
    started = None
    if custom[START]:
        started = StartRecord(str(config.start_from), read_record(custom[START]).seen)
    folds = [_fold(pattern) for pattern in fn_args.train_files]
    return TrainingRecord(
        description=_description(custom, config),
        split=fitted.split,
        result=fitted.result,
        weights=config.weights,
        started_from=started,
        seen=warm_start.seen_sources(_origins(custom), folds, started.seen if started else ()),
        sweep=chosen if isinstance(chosen, SweepRecord) else None,
        choice=chosen if isinstance(chosen, ChosenEpochs) else None,
    )


def _origins(custom: dict[str, Any]) -> list[DataOrigin]:
    return [DataOrigin(**origin) for origin in json.loads(custom[SOURCES])]


def _description(custom: dict[str, Any], config: TrainConfig) -> ModelDescription:
    names = {
        head: class_names(head, custom[CLASSES])
        for head, _ in heads(custom[TARGET], custom[CLASSES])
    }
    return warm_start.describe(config, load(ImagesConfig, custom[IMAGES]).side, names)


def _check_start(custom: dict[str, Any], config: TrainConfig) -> None:
    if custom[START]:
        warm_start.check_start(
            read_record(custom[START]),
            _description(custom, config),
            _origins(custom),
            custom[HELD_OUT] or [],
            str(config.start_from),
        )


def make_task(fn_args: FnArgs, config: TrainConfig) -> Task:
    """What the Trainer and each trial of the Tuner train, on the same people.

    Raises:
      ConfigError: the model to start from does not fit, or knows whom this run holds out.
    """
    custom: dict[str, Any] = fn_args.custom_config
    _check_start(custom, config)
    side = load(ImagesConfig, custom[IMAGES]).side
    served_heads = heads(custom[TARGET], custom[CLASSES])
    held_out = None
    if custom[HELD_OUT] is not None:
        held_out = Faces(_held_out_files(fn_args.train_files[0], custom[HELD_OUT]), None)
    return Task(
        config,
        ModelSpec(
            side,
            served_heads,
            custom[SEED],
            weights_file(config.weights),
            bn_momentum=config.bn_momentum,
            net=config.net,
            coral=config.ordinal == "coral",
        ),
        Faces(_expand(fn_args.train_files), None),
        held_out,
        custom[VALIDATION_SHARE],
        custom[START] or None,
    )


def _fold(pattern: str) -> str:
    """The fold of a split's files, `.../Split-<fold>/*`."""
    return os.path.basename(os.path.dirname(pattern)).removeprefix("Split-")


def _expand(patterns: list[str]) -> list[str]:
    return sorted(file for pattern in patterns for file in tf.io.gfile.glob(pattern))


def _held_out_files(pattern: str, folds: list[str]) -> list[str]:
    """Files of the held-out splits, which lie beside the training splits."""
    examples = os.path.dirname(os.path.dirname(pattern))
    return _expand([os.path.join(examples, f"Split-{fold}", "*") for fold in folds])
