"""Training: one call of Keras' fit under a strategy, with the best weights kept."""

import json
import logging
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
import tensorflow_transform as tft

from components.trainer import balance, batches
from components.trainer.augment import augmentation
from components.trainer.callbacks import AverageStatistics, ReportSteps
from components.trainer.final import final_facts, without_validation
from components.trainer.models import zoo
from components.trainer.models.pair import training_form
from components.trainer.objective import compile_model
from components.trainer.penalty import PenaltyApart
from components.trainer.phases import BestOfAll, Course, plan_phases
from components.trainer.strategy import make_strategy, precision_policy
from components.trainer.task import Task, divide
from components.trainer.weights import load_weights
from schemas.errors import DivergedError
from schemas.train_config import TrainConfig

_log = logging.getLogger(__name__)


class Fitted(NamedTuple):
    """A trained model with the best epoch's weights, and how it came about."""

    model: keras.Model
    facts: dict[str, Any]


def fit(task: Task, graph: tft.TFTransformOutput, log_folder: str) -> Fitted:
    """Train phase by phase until validation stops improving, and keep the best epoch's weights.

    Where nobody validates, train all epochs and keep the last weights.

    Args:
      task: what and on whom.
      graph: the TFT graph that turns records into model input.
      log_folder: for TensorBoard.
    """
    config = task.config
    sides = divide(task)
    keras.utils.set_random_seed(task.spec.seed)
    keras.mixed_precision.set_dtype_policy(precision_policy(config))
    strategy = make_strategy(config)
    steps = sides.training_images // config.batch_size
    with strategy.scope():
        whole = zoo.build(config.model, task.spec)
        if task.start is not None:
            load_weights(whole, task.start)
        model = training_form(whole, task.spec)
    _log.info(
        "%s on %s: %d images, %d steps an epoch of %d images over %d replicas",
        config.model, sides.facts, sides.training_images, steps, config.batch_size,
        strategy.num_replicas_in_sync,
    )  # fmt: skip
    training = batches.training_batches(
        batches.transformed(
            sides.training,
            graph,
            task.heads,
            balance.training_order(task, sides),
        ),
        sides.training_images,
        config.batch_size,
        task.spec.seed,
        augmentation(config),
    )
    phases = plan_phases(config)
    callbacks, validation = _callbacks(task, phases[-1].last_epoch, steps, log_folder), None
    if not sides.validation_images:
        callbacks = without_validation(callbacks)
    else:
        validation = batches.validation_batches(
            batches.transformed(sides.validation, graph, task.heads),
            sides.validation_images,
            config.batch_size,
            strategy.num_replicas_in_sync,
        )
    course = Course([], {}, [])
    for phase in phases:
        with strategy.scope():
            phase.prepare(model)
            compile_model(model, task._replace(config=phase.settings(config)), steps)
        history = model.fit(
            balance.weighted(training, task, sides),
            validation_data=validation,
            initial_epoch=phase.first_epoch - 1,
            epochs=phase.last_epoch,
            verbose=0,
            callbacks=callbacks,
        )
        course.add(phase, history)
    return Fitted(model, {**sides.facts, **_training_facts(model, config, course)})


def _callbacks(
    task: Task, epochs: int, steps: int, folder: str
) -> Sequence[keras.callbacks.Callback]:
    config = task.config
    return [
        AverageStatistics(),
        PenaltyApart(),
        ReportSteps(epochs, steps, config.batch_size, task.title),
        keras.callbacks.TensorBoard(folder, write_graph=False),
        BestOfAll(config.patience),
    ]


def _training_facts(model: keras.Model, config: TrainConfig, course: Course) -> dict[str, Any]:
    facts = {
        "model": config.model,
        "parameters": model.count_params(),
        "phases": course.phases,
    }
    if "val_loss" not in course.logs:
        return {**facts, **final_facts(config, course.logs)}
    validated = course.logs["val_loss"]
    if not any(map(math.isfinite, validated)):
        raise DivergedError(
            f"the validation loss was not a number in any of {len(validated)} epochs. "
            f"Lower train.learning_rate={config.learning_rate}, or use train.precision=float32."
        )
    best = int(np.nanargmin(validated))  # As EarlyStopping: an epoch of nan is never the best.
    return {
        **facts,
        "epochs_run": course.epochs[-1],  # Its number, so that the best one's compares with it.
        "best_epoch": course.epochs[best],
        "best": {name: values[best] for name, values in course.logs.items()},
    }


def write_facts(facts: dict[str, Any], path: str) -> None:
    """Write how the model came about, as JSON; `path` is local or a URI."""
    tf.io.gfile.makedirs(path.rpartition("/")[0])
    with tf.io.gfile.GFile(path, "w") as file:
        file.write(json.dumps(facts, indent=1, sort_keys=True))
