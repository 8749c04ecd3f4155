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
from components.trainer.strategy import make_strategy, precision_policy
from components.trainer.task import Task, divide
from schemas.errors import DivergedError
from schemas.train_config import TrainConfig

_log = logging.getLogger(__name__)


class Fitted(NamedTuple):
    """A trained model with the best epoch's weights, and how it came about."""

    model: keras.Model
    facts: dict[str, Any]


def fit(task: Task, graph: tft.TFTransformOutput, log_folder: str) -> Fitted:
    """Train until validation stops improving, and keep the best epoch's weights.

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
        model = training_form(zoo.build(config.model, task.spec), task.spec)
        compile_model(model, task, steps)
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
    callbacks, validation = _callbacks(task, steps, log_folder), None
    if not sides.validation_images:
        callbacks = without_validation(callbacks)
    else:
        validation = batches.validation_batches(
            batches.transformed(sides.validation, graph, task.heads),
            sides.validation_images,
            config.batch_size,
            strategy.num_replicas_in_sync,
        )
    history = model.fit(
        balance.weighted(training, task, sides),
        validation_data=validation,
        epochs=config.epochs,
        verbose=0,
        callbacks=callbacks,
    )
    return Fitted(model, {**sides.facts, **_training_facts(model, config, history.history)})


def _callbacks(task: Task, steps: int, folder: str) -> Sequence[keras.callbacks.Callback]:
    config = task.config
    return [
        AverageStatistics(),
        PenaltyApart(),
        ReportSteps(config.epochs, steps, config.batch_size, task.title),
        keras.callbacks.TensorBoard(folder, write_graph=False),
        keras.callbacks.EarlyStopping(
            "val_loss", patience=config.patience, restore_best_weights=True
        ),
    ]


def _training_facts(
    model: keras.Model, config: TrainConfig, history: dict[str, list[float]]
) -> dict[str, Any]:
    facts = {"model": config.model, "parameters": model.count_params()}
    if "val_loss" not in history:
        return {**facts, **final_facts(config, history)}
    validated = history["val_loss"]
    if not any(map(math.isfinite, validated)):
        raise DivergedError(
            f"the validation loss was not a number in any of {len(validated)} epochs. "
            f"Lower train.learning_rate={config.learning_rate}, or use train.precision=float32."
        )
    best = int(np.nanargmin(validated))  # As EarlyStopping: an epoch of nan is never the best.
    return {
        **facts,
        "epochs_run": len(validated),
        "best_epoch": best + 1,
        "best": {name: values[best] for name, values in history.items()},
    }


def write_facts(facts: dict[str, Any], path: str) -> None:
    """Write how the model came about, as JSON; `path` is local or a URI."""
    tf.io.gfile.makedirs(path.rpartition("/")[0])
    with tf.io.gfile.GFile(path, "w") as file:
        file.write(json.dumps(facts, indent=1, sort_keys=True))
