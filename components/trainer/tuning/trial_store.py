"""Finished trials, kept on disk until the sweep ends, so that an interrupted sweep resumes."""

import json
import os

import tensorflow as tf

from schemas.files import removed_on_error
from schemas.sweep import TrialResult


class TrialStore:
    """A folder, local or a URI, with one file a trial; created when needed.

    keras-tuner can reload its own folder, but overwrites files in place: one truncated by a kill
    would end every later run.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def read(self, number: int) -> TrialResult | None:
        """The result of a trial; None if it has not finished."""
        if not tf.io.gfile.exists(self._path(number)):
            return None
        with tf.io.gfile.GFile(self._path(number)) as file:
            return TrialResult(**json.loads(file.read()))

    def write(self, result: TrialResult) -> None:
        """Write one result under a temporary name, then rename it."""
        tf.io.gfile.makedirs(self._folder)
        unfinished = f"{self._path(result.number)}.unfinished"
        with removed_on_error(unfinished, tf.io.gfile), tf.io.gfile.GFile(unfinished, "w") as file:
            file.write(json.dumps({**result._asdict(), "measures": dict(result.measures)}))
        tf.io.gfile.rename(unfinished, self._path(result.number), overwrite=True)

    def clear(self) -> None:
        """Remove the folder: a later sweep with the same settings starts over."""
        if tf.io.gfile.isdir(self._folder):
            tf.io.gfile.rmtree(self._folder)

    def _path(self, number: int) -> str:
        return os.path.join(self._folder, f"trial-{number}.json")
