"""The function that TFX's Trainer calls."""

import gc
from collections.abc import Mapping
from typing import Any

import keras
import tensorflow_transform as tft
from tfx.components.trainer.fn_args_utils import FnArgs

from components.trainer.data.job import TrainingJob, describe_model, fold_of, make_job
from components.trainer.hardware import check_one_machine
from components.trainer.initial_weights import warm_start
from components.trainer.initial_weights.weights_file import (
    read_record,
    write_record,
    write_weights,
)
from components.trainer.parameters import TrainerParameters
from components.trainer.saved_model import ServedModel, export, plain_copy
from components.trainer.training.checkpoint import CheckpointStore, checkpoint_folder
from components.trainer.training.distribution import prepare_devices
from components.trainer.training.fit import Fitted, fit
from components.trainer.training.refit import read_choice, with_epochs
from schemas.config.serialization import dump
from schemas.config.train import TrainConfig
from schemas.errors import DivergedError
from schemas.labels.classes import class_names
from schemas.sweep import with_values
from schemas.training_record import ChosenEpochs, StartRecord, SweepRecord, TrainingRecord

Choice = SweepRecord | ChosenEpochs | None  # Of an earlier step.


def run_fn(fn_args: FnArgs) -> None:
    """Called by TFX: train on `train_files` and write the SavedModel to `serving_model_dir`.

    Resumes an interrupted training if none of its inputs changed.
    """
    check_one_machine()
    try:
        _train(fn_args)
    finally:
        keras.utils.clear_session()  # Frees the threads of this model before the next one trains.
        gc.collect()


def _train(fn_args: FnArgs) -> None:
    parameters = TrainerParameters.from_custom_config(fn_args.custom_config)
    config, choice = _apply_choice(parameters, fn_args.hyperparameters or {})
    prepare_devices(config)  # On a cluster the step has its own process, which starts here.
    job = make_job(parameters, config, fn_args.train_files)
    graph = tft.TFTransformOutput(fn_args.transform_output)
    inputs = [dump(parameters), dump(config), sorted(fn_args.train_files), fn_args.transform_output]
    checkpoints = CheckpointStore(checkpoint_folder(parameters.checkpoints, inputs))
    try:
        fitted = fit(job, graph, fn_args.model_run_dir, checkpoints)
    except DivergedError:
        checkpoints.remove()  # The next attempt starts over.
        raise
    model = plain_copy(config.model, job.spec, fitted.model)
    export(_served_model(model, graph, parameters, job), fn_args.serving_model_dir)
    write_weights(model, fn_args.serving_model_dir)
    record = _record(parameters, job, fn_args.train_files, fitted, choice)
    write_record(record, fn_args.serving_model_dir)
    checkpoints.remove()  # Last: a kill while the model is written must not lose the training.


def _apply_choice(
    parameters: TrainerParameters, hyperparameters: Mapping[str, Any]
) -> tuple[TrainConfig, Choice]:
    """The config with the choice of EpochChoice or the Tuner, and that choice."""
    if parameters.held_out is None:
        chosen = read_choice(hyperparameters)
        return with_epochs(parameters.train, chosen.epochs), chosen
    if parameters.tune is None:
        return parameters.train, None
    values = hyperparameters["values"]
    return with_values(parameters.train, values), SweepRecord(parameters.tune.trials, values)


def _served_model(
    model: keras.Model,
    graph: tft.TFTransformOutput,
    parameters: TrainerParameters,
    job: TrainingJob,
) -> ServedModel:
    names = {head: class_names(head, parameters.classes) for head in job.heads}
    inputs: dict[str, tuple[str, ...]] = {
        label: class_names(label, parameters.classes) for label in job.config.net.inputs
    }
    return ServedModel(model, graph, parameters.images, names, job.config.net.threshold, inputs)


def _record(
    parameters: TrainerParameters,
    job: TrainingJob,
    train_files: list[str],
    fitted: Fitted,
    choice: Choice,
) -> TrainingRecord:
    started = None
    if job.start is not None:
        started = StartRecord(str(job.config.start_from), read_record(job.start).seen)
    folds = [fold_of(pattern) for pattern in train_files]
    earlier = started.seen if started else ()
    return TrainingRecord(
        description=describe_model(parameters, job.config),
        split=fitted.split,
        result=fitted.result,
        weights=job.config.weights,
        started_from=started,
        seen=warm_start.seen_sources(parameters.origins, folds, earlier),
        sweep=choice if isinstance(choice, SweepRecord) else None,
        choice=choice if isinstance(choice, ChosenEpochs) else None,
        trained_on={
            head: dict(zip(class_names(head, parameters.classes), counts, strict=True))
            for head, counts in fitted.trained_on.items()
        },
    )
