"""Training: Keras' fit under a strategy, phase by phase, keeping the best weights."""

import logging
from collections.abc import Callable, Sequence
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf
import tensorflow_transform as tft

from components.trainer.data import dataset, sampling
from components.trainer.data.augmentation import augmentation
from components.trainer.data.epochs import EpochPlan
from components.trainer.data.job import TrainingJob
from components.trainer.data.split import SubjectSplit, split_by_subject
from components.trainer.initial_weights.weights_file import load_weights
from components.trainer.models import builders
from components.trainer.models.heads import training_form
from components.trainer.models.probabilities import shares
from components.trainer.training.callbacks import (
    AverageStatistics,
    ReportSteps,
    SubtractRegularization,
    write_scalars,
)
from components.trainer.training.checkpoint import CheckpointStore
from components.trainer.training.distribution import (
    determinism,
    make_strategy,
    precision_policy,
    use_xla,
)
from components.trainer.training.early_stopping import EPOCH, best_epoch
from components.trainer.training.early_stopping import losses as validation_losses
from components.trainer.training.eta import TrainingPlan
from components.trainer.training.keras_metrics import metrics
from components.trainer.training.learning_curves import write_curves
from components.trainer.training.losses import losses, two_hot_losses
from components.trainer.training.optimizers import optimizer
from components.trainer.training.phases import plan_phases
from components.trainer.training.refit import check_last_loss
from components.trainer.training.resume import ResumableTraining
from schemas.config.train import TrainConfig
from schemas.errors import DivergedError
from schemas.training_record import PhaseRecord, SplitCounts, TrainingResult

_log = logging.getLogger(__name__)


class Fitted(NamedTuple):
    """A trained model with the weights of the best epoch."""

    model: keras.Model
    split: SplitCounts
    result: TrainingResult
    trained_on: dict[str, list[int]]  # {head: images of each class that trained}.


class _Data(NamedTuple):
    plan: EpochPlan
    training: Callable[[int], tf.data.Dataset]  # First epoch to endless batches.
    validation: tf.data.Dataset | None
    validation_images: int


def fit(
    job: TrainingJob,
    graph: tft.TFTransformOutput,
    log_folder: str,
    store: CheckpointStore | None = None,
) -> Fitted:
    """Train phase by phase until validation stops improving; keep the best epoch's weights.

    Without validation, train all epochs and keep the last weights.

    Args:
      job: model and faces.
      graph: the TFT graph from records to model inputs.
      log_folder: for TensorBoard and the curves.
      store: a checkpoint is saved after each epoch and resumed from if present; None disables it.
    """
    with determinism(job.config):
        resumable = ResumableTraining(job.config, store)
        split = split_by_subject(job)
        strategy = make_strategy(job.config)
        model = _build_model(job, strategy)
        data = _load_data(job, split, graph, strategy.num_replicas_in_sync)
        _log.info(
            "%s on %s: %d steps an epoch of %d images over %d replicas",
            job.config.model, split.counts, data.plan.steps, job.config.batch_size,
            strategy.num_replicas_in_sync,
        )  # fmt: skip
        write_scalars(resumable.history, log_folder)
        phases = _train(model, job, data, strategy, _callbacks(job, data, log_folder, resumable))
        resumable.restore_best(model)
        result = _result(model, job.config, resumable, phases)
        write_curves(resumable.history, log_folder)
    return Fitted(model, split.counts, result, _class_counts(job, split))


def _class_counts(job: TrainingJob, split: SubjectSplit) -> dict[str, list[int]]:
    labels = dataset.labels(split.training, job.heads)
    return {
        head: np.bincount(labels[head][labels[head] >= 0], minlength=size).tolist()
        for head, size in job.spec.heads
    }


def _build_model(job: TrainingJob, strategy: tf.distribute.Strategy) -> keras.Model:
    keras.utils.set_random_seed(job.spec.seed)
    keras.mixed_precision.set_dtype_policy(precision_policy(job.config))
    with strategy.scope():
        model = builders.build(job.config.model, job.spec)
        if job.start is not None:
            load_weights(model, job.start)
        return training_form(model, job.spec)


def _load_data(
    job: TrainingJob, split: SubjectSplit, graph: tft.TFTransformOutput, replicas: int
) -> _Data:
    plan = EpochPlan(split.counts.training_images, job.config.batch_size, job.spec.seed)
    order = sampling.training_order(job, split)
    faces = dataset.shuffled(split.training, graph, job.heads, order)

    def training(first_epoch: int) -> tf.data.Dataset:
        batches = dataset.training_batches(faces, plan, augmentation(job.config), first_epoch)
        return sampling.with_class_weights(batches, job, split)

    validation, images = None, split.counts.validation_images
    if images:
        validating = dataset.transformed(split.validation, graph, job.heads)
        validation = dataset.validation_batches(validating, images, plan.batch_size, replicas)
    return _Data(plan, training, validation, images)


def _callbacks(
    job: TrainingJob, data: _Data, log_folder: str, resumable: ResumableTraining
) -> list[keras.callbacks.Callback]:
    epochs = plan_phases(job.config)[-1].last_epoch
    plan = TrainingPlan(
        epochs=epochs,
        steps=data.plan.steps,
        batch_size=data.plan.batch_size,
        validation_images=data.validation_images,
        may_stop=data.validation is not None and job.config.patience < epochs,
        title=f"{job.title}, " if job.title else "",
    )
    return [
        AverageStatistics(),
        SubtractRegularization(),
        ReportSteps(plan),
        keras.callbacks.TensorBoard(log_folder, write_graph=False),
        resumable,
    ]


def _train(
    model: keras.Model,
    job: TrainingJob,
    data: _Data,
    strategy: tf.distribute.Strategy,
    callbacks: list[keras.callbacks.Callback],
) -> list[PhaseRecord]:
    """Run all phases; the last callback is the ResumableTraining."""
    resumable: ResumableTraining = callbacks[-1]
    records = []
    for phase in plan_phases(job.config):
        with strategy.scope():
            phase.prepare(model)
            compile_model(model, job._replace(config=phase.settings(job.config)), data.plan.steps)
            model.jit_compile = use_xla(job.config, strategy)
            epochs = resumable.start_phase(model, phase.first_epoch, phase.last_epoch)
        if epochs:
            model.fit(
                data.training(epochs.start),
                validation_data=data.validation,
                initial_epoch=epochs.start - 1,
                epochs=phase.last_epoch,
                steps_per_epoch=data.plan.steps,
                verbose=0,
                callbacks=callbacks,
            )
        records.append(phase.record(model, resumable.history[EPOCH]))
    return records


def compile_model(model: keras.Model, job: TrainingJob, steps: int) -> None:
    """Compile with one loss a head and the head's metrics; a missing label has weight 0.

    Args:
      model: from `image` to {head: class probabilities}, or scores of a two-hot pair.
      job: config and heads.
      steps: of one epoch, for the learning rate.
    """
    two_hot = job.spec.net.pair == "two_hot"
    model.compile(
        optimizer=optimizer(job.config, steps),
        loss=two_hot_losses(job.spec.heads) if two_hot else losses(job.heads, job.config.ordinal),
        weighted_metrics=metrics(job.spec.heads, shares if two_hot else None),
    )


def _result(
    model: keras.Model,
    config: TrainConfig,
    resumable: ResumableTraining,
    phases: Sequence[PhaseRecord],
) -> TrainingResult:
    """The outcome of the training.

    Raises:
      DivergedError: no epoch's validation loss is a number.
      DataError: without validation, the last epoch's loss is not a number.
    """
    history = resumable.history
    epochs, best = history[EPOCH], best_epoch(validation_losses(history))
    if not validation_losses(history):
        check_last_loss(config, history["loss"])
    elif best is None:
        raise DivergedError(
            f"the validation loss was not a number in any of {len(epochs)} epochs. "
            f"Lower train.learning_rate={config.learning_rate}, or use train.precision=float32."
        )
    row = -1 if best is None else best
    return TrainingResult(
        parameters=model.count_params(),
        phases=tuple(phases),
        epochs_run=int(epochs[-1]),  # Its number, which compares with that of the best epoch.
        best_epoch=None if best is None else int(epochs[best]),
        metrics={name: values[row] for name, values in history.items() if name != EPOCH},
        resumed_after=resumable.resumed_after or None,
    )
