"""Checkpoints: the state of an unfinished training after its last epoch."""

import hashlib
import json
import logging
import os
import tempfile
import zipfile
from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from components.trainer.training.early_stopping import (
    EPOCH,
    History,
    best_epoch,
    epochs_without_improvement,
    losses,
)
from schemas.files import removed_on_error

_log = logging.getLogger(__name__)

Array = npt.NDArray[Any]

_LAST = "last.npz"  # State after the last epoch; `best-<epoch>.npz` holds the best epoch's weights.
_HISTORY = "history"  # Name of the history, as JSON, among a file's arrays.

_DAMAGED = (tf.errors.OpError, OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)


class Checkpoint(NamedTuple):
    """The state of a training after an epoch."""

    history: History  # All epochs so far.
    variables: list[Array]  # Of the model and its optimizer, random states included.
    best: list[Array]  # Weights of the best epoch; empty while there is none.


def checkpoint_folder(root: str, inputs: Any) -> str:
    """The folder of a training or sweep below `root`; it changes with every input.

    Args:
      root: a folder or URI, the same for each attempt.
      inputs: plain values, as JSON takes them. The library versions are added, as the variables of
        a model and their order depend on them.
    """
    text = json.dumps([inputs, tf.__version__, keras.__version__], sort_keys=True)
    return os.path.join(root, hashlib.sha256(text.encode()).hexdigest()[:16])


class CheckpointStore:
    """The last checkpoint of a training, in a folder or at a URI.

    Files are written under a temporary name and renamed, so that a kill at any moment leaves the
    last checkpoint or the previous one, whole.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def save(self, checkpoint: Checkpoint) -> None:
        """Replace the previous checkpoint."""
        tf.io.gfile.makedirs(self._folder)
        best = _best_file(checkpoint.history)
        improved = epochs_without_improvement(losses(checkpoint.history)) == 0
        # An attempt that was killed while it saved may have left other weights under this name.
        if improved or not tf.io.gfile.exists(self._path(best)):
            self._write(best, {}, checkpoint.best)
        self._write(_LAST, checkpoint.history, checkpoint.variables)
        for name in tf.io.gfile.listdir(self._folder):
            if name.rstrip("/") not in (_LAST, best):
                tf.io.gfile.remove(self._path(name))

    def load(self) -> Checkpoint | None:
        """The last checkpoint; None if there is none, or if it cannot be read."""
        if not tf.io.gfile.exists(self._path(_LAST)):
            return None
        try:
            history, variables = self._read(_LAST)
            _, best = self._read(_best_file(history))
        except _DAMAGED as error:
            _log.warning("the checkpoint in %s is damaged (%s): training anew", self._folder, error)
            return None
        return Checkpoint(history, variables, best)

    def remove(self) -> None:
        """Remove the checkpoint after the end of the training."""
        if tf.io.gfile.exists(self._folder):
            tf.io.gfile.rmtree(self._folder)

    def _path(self, name: str) -> str:
        return os.path.join(self._folder, name)

    def _write(self, name: str, history: History, arrays: Sequence[Array]) -> None:
        unfinished = self._path(f".{name}.unfinished")
        with tempfile.TemporaryDirectory() as scratch:
            local = os.path.join(scratch, name)
            np.savez(local, *arrays, **{_HISTORY: np.array(json.dumps(history))})
            with removed_on_error(unfinished, tf.io.gfile):
                tf.io.gfile.copy(local, unfinished, overwrite=True)
        tf.io.gfile.rename(unfinished, self._path(name), overwrite=True)

    def _read(self, name: str) -> tuple[History, list[Array]]:
        with tf.io.gfile.GFile(self._path(name), "rb") as file, np.load(file) as arrays:
            history: History = json.loads(str(arrays[_HISTORY]))
            return history, [arrays[f"arr_{index}"] for index in range(len(arrays.files) - 1)]


def _best_file(history: History) -> str:
    best = best_epoch(losses(history))
    return "best-none.npz" if best is None else f"best-{history[EPOCH][best]:.0f}.npz"
