"""A model's weights in a file beside it, and its facts, for later runs to start from."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import tensorflow as tf

from schemas.artifact_files import FACTS_FILE, WEIGHTS_FILE
from schemas.errors import DataError

_NAME = os.path.basename(WEIGHTS_FILE)


def write_weights(model: keras.Model, folder: str) -> None:
    """Write a model's weights as WEIGHTS_FILE below `folder`, local or a URI."""
    path = os.path.join(folder, WEIGHTS_FILE)
    tf.io.gfile.makedirs(os.path.dirname(path))
    with tempfile.TemporaryDirectory() as scratch:  # Keras writes local files alone.
        local = os.path.join(scratch, _NAME)
        model.save_weights(local)
        tf.io.gfile.copy(local, path, overwrite=True)


def load_weights(model: keras.Model, folder: str) -> None:
    """Give a model the weights that `write_weights` wrote below `folder`.

    Raises:
      DataError: they are not those of such a model, or no whole file.
    """
    try:
        with _local(os.path.join(folder, WEIGHTS_FILE)) as path:
            model.load_weights(path)
    except (OSError, ValueError, KeyError, tf.errors.OpError) as error:
        raise DataError(
            f"train.start_from: the weights below {folder} do not load into {model.name}: {error} "
            "Run the earlier run again, or start from another."
        ) from error


def read_facts(folder: str) -> dict[str, Any]:
    """How the model in `folder`, local or a URI, came about."""
    with tf.io.gfile.GFile(os.path.join(folder, FACTS_FILE)) as file:
        facts: dict[str, Any] = json.load(file)
    return facts


@contextmanager
def _local(path: str) -> Iterator[str]:
    """A file that Keras can read."""
    if "://" not in path:
        yield path
        return
    with tempfile.TemporaryDirectory() as scratch:
        local = os.path.join(scratch, _NAME)
        tf.io.gfile.copy(path, local)
        yield local
