"""Trials that ended, on disk until the whole sweep has: a killed sweep goes on after them."""

import json
import os

import tensorflow as tf

from schemas.sweep import TrialResult


class KeptTrials:
    """A folder, local or a URI, with one file a trial; it need not be there yet.

    keras-tuner could reload its own folder, but writes into files under their final names: one
    that a kill cut short would end every later run.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def read(self, number: int) -> TrialResult | None:
        """What an earlier run found; None if it did not come so far."""
        if not tf.io.gfile.exists(self._path(number)):
            return None
        with tf.io.gfile.GFile(self._path(number)) as file:
            return TrialResult(**json.loads(file.read()))

    def write(self, result: TrialResult) -> None:
        """Keep one result: under a temporary name, then renamed."""
        tf.io.gfile.makedirs(self._folder)
        unfinished = f"{self._path(result.number)}.unfinished"
        with tf.io.gfile.GFile(unfinished, "w") as file:
            file.write(json.dumps({**result._asdict(), "measures": dict(result.measures)}))
        tf.io.gfile.rename(unfinished, self._path(result.number), overwrite=True)

    def forget(self) -> None:
        """Remove the folder: the sweep is over, and the same one may be asked for anew."""
        if tf.io.gfile.isdir(self._folder):
            tf.io.gfile.rmtree(self._folder)

    def _path(self, number: int) -> str:
        return os.path.join(self._folder, f"trial-{number}.json")
