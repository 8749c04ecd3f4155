"""Keras callbacks: progress, and replicas that agree on their BatchNorm statistics."""

import logging
import os
import time

import keras
import tensorflow as tf

from components.trainer.course import EPOCH, History
from components.trainer.pace import Pace, Work, left_words
from schemas.progress import report_progress

_log = logging.getLogger(__name__)


class ReportSteps(keras.callbacks.Callback):
    """Reports each step as progress, and each epoch's numbers as a log line."""

    def __init__(self, work: Work) -> None:
        super().__init__()
        self._work = work
        self._pace = Pace()
        self._epoch = 0
        self._validated = ""  # The last epoch's validation numbers.

    def on_epoch_begin(self, epoch: int, logs: object = None) -> None:  # noqa: ARG002 - Keras passes it.
        """Called by Keras."""
        self._epoch = epoch
        self._pace.begin_epoch(time.monotonic())

    def on_train_batch_end(self, batch: int, logs: object = None) -> None:  # noqa: ARG002 - Keras passes it.
        """Called by Keras after each step."""
        self._pace.end_step(time.monotonic())
        work = self._work
        done = self._epoch * work.steps + batch + 1
        epoch = f"{work.title}epoch {self._epoch + 1} of {work.epochs}"
        note = f"({epoch}{self._speed(done)}{self._validated})"
        report_progress(_log, done, work.epochs * work.steps, "steps", note)

    def _speed(self, done: int) -> str:
        step, left = self._pace.step_seconds, self._pace.seconds_left(self._work, done)
        if step is None or left is None:
            return ""
        rate = self._work.batch_size / max(step, 1e-9)
        return f", {rate:.0f} images/s, {left_words(left, at_most=self._work.may_stop)}"

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Called by Keras after an epoch's validation."""
        numbers = logs or {}
        accuracy = [
            f"{v:.3f}" for k, v in numbers.items() if k.startswith("val_") and "accuracy" in k
        ]
        self._validated = f", validation accuracy {' '.join(accuracy)}" if accuracy else ""
        _log.info("epoch %d of %d: %s", epoch + 1, self._work.epochs, numbers)


def write_scalars(history: History, folder: str) -> None:
    """Write epochs that an earlier process has run, for TensorBoard, as Keras would have."""
    for side, prefix in (("train", ""), ("validation", "val_")):
        names = [
            name for name in history if name != EPOCH and name.startswith("val_") is bool(prefix)
        ]
        if not names:
            continue
        with tf.summary.create_file_writer(os.path.join(folder, side)).as_default():
            for name in names:
                for epoch, value in zip(history[EPOCH], history[name], strict=True):
                    step = int(epoch) - 1
                    tf.summary.scalar(f"epoch_{name.removeprefix(prefix)}", value, step=step)


class AverageStatistics(keras.callbacks.Callback):
    """Averages BatchNorm's moving statistics over the replicas, before anything looks at them.

    MirroredStrategy does not synchronise them, and the first replica's would be saved: a model that
    fit() scored 0.981 was saved with 0.958. Keras' own `synchronized=True` fails on logical CPUs.
    """

    def on_test_begin(self, logs: object = None) -> None:  # noqa: ARG002 - Keras passes it.
        """Called by Keras before validation."""
        average_statistics(self.model)

    def on_epoch_end(self, epoch: int, logs: object = None) -> None:  # noqa: ARG002 - Keras passes it.
        """Called by Keras after each epoch: a training without validation saves its weights too."""
        average_statistics(self.model)


def average_statistics(model: keras.Model) -> None:
    """Give every replica the mean of all replicas' moving statistics."""
    for weight in model.non_trainable_weights:
        copies = getattr(weight.value, "values", None)
        if copies is None or len(copies) < 2 or not weight.dtype.startswith("float"):
            continue
        mean = tf.add_n([copy.read_value() for copy in copies]) / len(copies)
        for copy in copies:
            copy.assign(mean)
