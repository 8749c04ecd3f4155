"""Where an unfinished training waits for the process that goes on with it."""

import hashlib
import json
import logging
import os
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from components.trainer.training.early_stopping import EPOCH, History, best_epoch, losses, waited

_log = logging.getLogger(__name__)

Array = npt.NDArray[Any]

_LAST = "last"  # File of the last finished epoch; `best-<number>` are the weights of the best one.


class Saved(NamedTuple):
    """An unfinished training after its last finished epoch."""

    history: History  # All epochs so far.
    variables: list[Array]  # Of the model and its optimiser, random states included.
    best: list[Array]  # Weights of the best epoch; empty while there is none.


def backup_folder(root: str, depends_on: Any) -> str:
    """The folder of one training below `root`: another one when anything changes it depends on.

    Args:
      root: a folder or URI that stays the same from try to try.
      depends_on: plain values, as JSON takes them. The versions of the libraries are added, as
        the variables of a model and their order are theirs.
    """
    text = json.dumps([depends_on, tf.__version__, keras.__version__], sort_keys=True)
    return os.path.join(root, hashlib.sha256(text.encode()).hexdigest()[:16])


class Backup:
    """The last finished epoch of a training, in a folder or at a URI.

    Every file is written under another name first, so that a kill at any moment leaves the last
    epoch or the one before, whole. A file is an object of JSON and then arrays, each as numpy's
    own format has it: it can be written in one go to wherever TensorFlow writes.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def save(self, saved: Saved) -> None:
        """Keep this epoch in place of the one before."""
        tf.io.gfile.makedirs(self._folder)
        best = _best_file(saved.history)
        # A try that was killed while it saved may have left the same name with weights of its own.
        if waited(losses(saved.history)) == 0 or not tf.io.gfile.exists(self._path(best)):
            self._write(best, {}, saved.best)
        self._write(_LAST, saved.history, saved.variables)
        for name in tf.io.gfile.listdir(self._folder):
            if name.rstrip("/") not in (_LAST, best):
                tf.io.gfile.remove(self._path(name))

    def load(self) -> Saved | None:
        """The last finished epoch; None if there is none, or it cannot be read."""
        if not tf.io.gfile.exists(self._path(_LAST)):
            return None
        try:
            history, variables = self._read(_LAST)
            _, best = self._read(_best_file(history))
        except (tf.errors.OpError, ValueError, KeyError, EOFError) as error:
            _log.warning("the backup in %s is damaged (%s): training anew", self._folder, error)
            return None
        return Saved(history, variables, best)

    def remove(self) -> None:
        """The training is over: nobody goes on with it."""
        if tf.io.gfile.exists(self._folder):
            tf.io.gfile.rmtree(self._folder)

    def _path(self, name: str) -> str:
        return os.path.join(self._folder, name)

    def _write(self, name: str, head: History, arrays: Iterable[Array]) -> None:
        unfinished = self._path(f".{name}.unfinished")
        with tf.io.gfile.GFile(unfinished, "wb") as file:
            text = np.frombuffer(json.dumps(head).encode(), np.uint8)
            for array in (text, *arrays):
                np.lib.format.write_array(  # type: ignore[no-untyped-call] # numpy 1.26
                    file, np.asarray(array), allow_pickle=False
                )
        tf.io.gfile.rename(unfinished, self._path(name), overwrite=True)

    def _read(self, name: str) -> tuple[History, list[Array]]:
        with tf.io.gfile.GFile(self._path(name), "rb") as file:
            text, *arrays = _arrays(file)
        return json.loads(text.tobytes()), arrays


def _arrays(file: Any) -> Iterator[Array]:
    size = file.size()
    while file.tell() < size:
        yield np.lib.format.read_array(file, allow_pickle=False)  # type: ignore[no-untyped-call]


def _best_file(history: History) -> str:
    best = best_epoch(losses(history))
    return "best-none" if best is None else f"best-{history[EPOCH][best]:.0f}"
