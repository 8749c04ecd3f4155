"""Training: one call of Keras' fit under a strategy, with the best weights kept."""

import json
import logging
from typing import Any, NamedTuple

import keras
import tensorflow as tf
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
from components.trainer.training.refit import final_facts
from components.trainer.training.resume import Lasting
from schemas.config.train import TrainConfig
from schemas.errors import DivergedError

_log = logging.getLogger(__name__)


class Fitted(NamedTuple):
    """A trained model with the best epoch's weights, and how it came about."""

    model: keras.Model
    facts: dict[str, Any]


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
        config.model, sides.facts, sides.training_images, plan.steps, config.batch_size,
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
    told = []
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
        told.append(phase.facts(model, lasting.history[EPOCH]))
    lasting.restore_best(model)
    facts = _training_facts(model, config, lasting)
    write_curves(lasting.history, log_folder)
    return Fitted(model, {**sides.facts, "phases": told, **facts})


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


def _training_facts(model: keras.Model, config: TrainConfig, lasting: Lasting) -> dict[str, Any]:
    history = {name: values for name, values in lasting.history.items() if name != EPOCH}
    facts = {"model": config.model, "parameters": model.count_params()}
    if lasting.resumed_after:
        facts["resumed_after"] = lasting.resumed_after
    if not losses(history):
        return {**facts, **final_facts(config, history)}
    best = best_epoch(losses(history))
    epochs = lasting.history[EPOCH]
    if best is None:
        raise DivergedError(
            f"the validation loss was not a number in any of {len(epochs)} epochs. "
            f"Lower train.learning_rate={config.learning_rate}, or use train.precision=float32."
        )
    return {
        **facts,
        "epochs_run": int(epochs[-1]),  # Its number, so that the best one's compares with it.
        "best_epoch": int(epochs[best]),
        "best": {name: values[best] for name, values in history.items()},
    }


def write_facts(facts: dict[str, Any], path: str) -> None:
    """Write how the model came about, as JSON; `path` is local or a URI."""
    tf.io.gfile.makedirs(path.rpartition("/")[0])
    with tf.io.gfile.GFile(path, "w") as file:
        file.write(json.dumps(facts, indent=1, sort_keys=True))
