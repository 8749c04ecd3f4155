"""Training: one call of Keras' fit under a strategy, with the best weights kept."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import keras
import tensorflow_transform as tft

from components.trainer.data import dataset, sampling
from components.trainer.data.augmentation import augmentation
from components.trainer.data.epochs import EpochPlan
from components.trainer.data.job import Sides, Task, divide
from components.trainer.initial_weights.weights_file import load_weights
from components.trainer.models import builders
from components.trainer.models.heads import training_form
from components.trainer.objective import compile_model
from components.trainer.training.callbacks import (
    AverageStatistics,
    PenaltyApart,
    ReportSteps,
    Work,
    write_scalars,
)
from components.trainer.training.checkpoint import Backup
from components.trainer.training.distribution import (
    determinism,
    make_strategy,
    precision_policy,
    use_xla,
)
from components.trainer.training.early_stopping import EPOCH, best_epoch, losses
from components.trainer.training.learning_curves import write_curves
from components.trainer.training.phases import plan_phases
from components.trainer.training.refit import check_last_loss
from components.trainer.training.resume import Lasting
from schemas.config.train import TrainConfig
from schemas.errors import DivergedError
from schemas.training_record import PhaseRecord, SplitCounts, TrainingResult

_log = logging.getLogger(__name__)


class Fitted(NamedTuple):
    """A trained model with the weights of the best epoch."""

    model: keras.Model
    split: SplitCounts
    result: TrainingResult


def fit(
    task: Task, graph: tft.TFTransformOutput, log_folder: str, backup: Backup | None = None
) -> Fitted:
    """Train phase by phase until validation stops improving, and keep the best epoch's weights.

    Where nobody validates, train all epochs and keep the last weights.

    Args:
      task: what and on whom.
      graph: the TFT graph that turns records into model input.
      log_folder: for TensorBoard and the curves.
      backup: where each epoch is kept, and what is there gone on with; None: nowhere.
    """
    with determinism(task.config):
        return _fit(task, graph, log_folder, Lasting(task.config, backup))


def _fit(task: Task, graph: tft.TFTransformOutput, log_folder: str, lasting: Lasting) -> Fitted:
    config = task.config
    sides = divide(task)
    keras.utils.set_random_seed(task.spec.seed)
    keras.mixed_precision.set_dtype_policy(precision_policy(config))
    strategy = make_strategy(config)
    plan = EpochPlan(sides.training_images, config.batch_size, task.spec.seed)
    with strategy.scope():
        whole = builders.build(config.model, task.spec)
        if task.start is not None:
            load_weights(whole, task.start)
        model = training_form(whole, task.spec)
    _log.info(
        "%s on %s: %d images, %d steps an epoch of %d images over %d replicas",
        config.model, sides.counts, sides.training_images, plan.steps, config.batch_size,
        strategy.num_replicas_in_sync,
    )  # fmt: skip
    write_scalars(lasting.history, log_folder)
    faces = dataset.mixed(sides.training, graph, task.heads, sampling.training_order(task, sides))
    validation = None
    if sides.validation_images:
        validation = dataset.validation_batches(
            dataset.transformed(sides.validation, graph, task.heads),
            sides.validation_images,
            config.batch_size,
            strategy.num_replicas_in_sync,
        )
    phases = plan_phases(config)
    callbacks = _callbacks(_work(task, phases[-1].last_epoch, plan, sides), log_folder, lasting)
    records = []
    for phase in phases:
        with strategy.scope():
            phase.prepare(model)
            compile_model(model, task._replace(config=phase.settings(config)), plan.steps)
            model.jit_compile = use_xla(config, strategy)
            first = lasting.begin(model, phase.first_epoch, phase.last_epoch)
        if first <= phase.last_epoch:
            training = dataset.training_batches(faces, plan, augmentation(config), first)
            model.fit(
                sampling.weighted(training, task, sides),
                validation_data=validation,
                initial_epoch=first - 1,
                epochs=phase.last_epoch,
                steps_per_epoch=plan.steps,
                verbose=0,
                callbacks=callbacks,
            )
        records.append(phase.record(model, lasting.history[EPOCH]))
    lasting.restore_best(model)
    result = _result(model, config, lasting, records)
    write_curves(lasting.history, log_folder)
    return Fitted(model, sides.counts, result)


def _work(task: Task, epochs: int, plan: EpochPlan, sides: Sides) -> Work:
    """What there is to do, over all phases."""
    return Work(
        epochs=epochs,
        steps=plan.steps,
        batch_size=plan.batch_size,
        validation_images=sides.validation_images,
        may_stop=sides.validation_images > 0 and task.config.patience < epochs,
        title=f"{task.title}, " if task.title else "",
    )


def _callbacks(work: Work, folder: str, lasting: Lasting) -> list[keras.callbacks.Callback]:
    return [
        AverageStatistics(),
        PenaltyApart(),
        ReportSteps(work),
        keras.callbacks.TensorBoard(folder, write_graph=False),
        lasting,
    ]


def _result(
    model: keras.Model, config: TrainConfig, lasting: Lasting, phases: Sequence[PhaseRecord]
) -> TrainingResult:
    """The course of the training.

    Raises:
      DivergedError: no epoch's validation loss is a number.
      DataError: without validation, the last epoch's loss is not a number.
    """
    metrics = {name: values for name, values in lasting.history.items() if name != EPOCH}
    epochs = lasting.history[EPOCH]
    result = TrainingResult(
        parameters=model.count_params(),
        phases=tuple(phases),
        epochs_run=int(epochs[-1]),  # Its number, so that the best one's compares with it.
        best_epoch=None,
        metrics={name: values[-1] for name, values in metrics.items()},
        resumed_after=lasting.resumed_after or None,
    )
    if not losses(metrics):
        check_last_loss(config, metrics["loss"])
        return result
    best = best_epoch(losses(metrics))
    if best is None:
        raise DivergedError(
            f"the validation loss was not a number in any of {len(epochs)} epochs. "
            f"Lower train.learning_rate={config.learning_rate}, or use train.precision=float32."
        )
    return replace(
        result,
        best_epoch=int(epochs[best]),
        metrics={name: values[best] for name, values in metrics.items()},
    )
