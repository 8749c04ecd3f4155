"""What TFX's Trainer calls."""

import os
from typing import Any

import keras
import tensorflow as tf
import tensorflow_transform as tft
from tfx.components.trainer.fn_args_utils import FnArgs

from components.trainer.backup import Backup, backup_folder
from components.trainer.batches import Faces
from components.trainer.export import ServedModel, export, plain_copy
from components.trainer.fit import fit, write_facts
from components.trainer.machine import check_one_machine
from components.trainer.models.spec import ModelSpec
from components.trainer.strategy import prepare_devices
from components.trainer.task import Task
from schemas.classes import class_names, heads
from schemas.config import ImagesConfig
from schemas.evaluation import FACTS_FILE
from schemas.train_config import TrainConfig
from schemas.typed import load

# Keys of the custom config that the pipeline hands over.
TRAIN = "train"  # A TrainConfig as JSON.
SEED = "seed"
IMAGES = "images"  # An ImagesConfig as JSON.
TARGET = "target"
CLASSES = "classes"
VALIDATION_SHARE = "validation_share"
HELD_OUT = "held_out"  # Names of the held-out folds.
WEIGHTS = "weights"  # Hash of the file that train.weights names; part of the cache key.
CODE = "code"  # Hash of the sources behind this step.
BACKUPS = "backups"  # Where unfinished trainings are kept: the same place from try to try.


def run_fn(fn_args: FnArgs) -> None:
    """Called by TFX: train on `train_files` and write the SavedModel to `serving_model_dir`.

    A training that was killed is gone on with, if all that it depends on is what it was.
    """
    custom: dict[str, Any] = fn_args.custom_config
    config = load(TrainConfig, custom[TRAIN])
    check_one_machine()
    prepare_devices(config)  # On a cluster the step has a process of its own, which begins here.
    served_heads = heads(custom[TARGET], custom[CLASSES])
    images = load(ImagesConfig, custom[IMAGES])
    spec = ModelSpec(images.side, served_heads, custom[SEED], config.weights)
    graph = tft.TFTransformOutput(fn_args.transform_output)
    task = Task(
        config,
        spec,
        Faces(_expand(fn_args.train_files), None),
        Faces(_held_out_files(fn_args.train_files[0], custom[HELD_OUT]), None),
        custom[VALIDATION_SHARE],
    )
    backup = Backup(
        backup_folder(
            custom[BACKUPS], [custom, sorted(fn_args.train_files), fn_args.transform_output]
        )
    )
    fitted = fit(task, graph, fn_args.model_run_dir, backup)
    names = {head: class_names(head, custom[CLASSES]) for head, _ in served_heads}
    plain = plain_copy(config.model, spec, fitted.model)
    export(ServedModel(plain, graph, images, names), fn_args.serving_model_dir)
    write_facts(fitted.facts, os.path.join(fn_args.serving_model_dir, FACTS_FILE))
    backup.remove()  # Only now: a kill while the model is written would lose the training.
    keras.utils.clear_session()  # Frees the threads of this model before the next one trains.


def _expand(patterns: list[str]) -> list[str]:
    return sorted(file for pattern in patterns for file in tf.io.gfile.glob(pattern))


def _held_out_files(pattern: str, folds: list[str]) -> list[str]:
    """Files of the held-out splits, which lie beside the training splits."""
    examples = os.path.dirname(os.path.dirname(pattern))
    return _expand([os.path.join(examples, f"Split-{fold}", "*") for fold in folds])
