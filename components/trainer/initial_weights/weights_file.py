"""The weights and the training record beside a model, for later runs to start from."""

import os
import tempfile

import keras
import tensorflow as tf
from tfx.utils import io_utils

from schemas import training_record
from schemas.artifact_files import TRAINING_RECORD_FILE, WEIGHTS_FILE
from schemas.errors import DataError
from schemas.training_record import TrainingRecord

_NAME = os.path.basename(WEIGHTS_FILE)


def write_weights(model: keras.Model, folder: str) -> None:
    """Write a model's weights as WEIGHTS_FILE below `folder`, local or a URI."""
    path = os.path.join(folder, WEIGHTS_FILE)
    tf.io.gfile.makedirs(os.path.dirname(path))
    with tempfile.TemporaryDirectory() as scratch:  # Keras writes local files only.
        local = os.path.join(scratch, _NAME)
        model.save_weights(local)
        tf.io.gfile.copy(local, path, overwrite=True)


def load_weights(model: keras.Model, folder: str) -> None:
    """Load the weights that `write_weights` wrote below `folder`.

    Raises:
      DataError: they are of another model, or the file is damaged.
    """
    try:
        with tempfile.TemporaryDirectory() as scratch:  # Keras reads local files only.
            local = os.path.join(scratch, _NAME)
            tf.io.gfile.copy(os.path.join(folder, WEIGHTS_FILE), local)
            model.load_weights(local)
    except (OSError, ValueError, KeyError, tf.errors.OpError) as error:
        raise DataError(
            f"train.start_from: the weights below {folder} do not load into {model.name}: {error} "
            "Run the earlier run again, or start from another."
        ) from error


def write_record(record: TrainingRecord, folder: str) -> None:
    """Write the training record of the model in `folder`, local or a URI."""
    path = os.path.join(folder, TRAINING_RECORD_FILE)
    io_utils.write_string_file(path, training_record.dump(record))


def read_record(folder: str) -> TrainingRecord:
    """The training record of the model in `folder`, local or a URI."""
    with tf.io.gfile.GFile(os.path.join(folder, TRAINING_RECORD_FILE)) as file:
        return training_record.load(file.read(), folder)
