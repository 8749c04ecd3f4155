"""Keras callbacks: progress, and replicas that agree on their BatchNorm statistics."""

import logging
import os
import time
from typing import NamedTuple

import keras
import tensorflow as tf

from components.trainer.training.early_stopping import EPOCH, History
from schemas.progress import report_progress


class Work(NamedTuple):
    """What a training has to do."""

    epochs: int  # At most.
    steps: int  # An epoch.
    batch_size: int  # Images a step.
    validation_images: int  # After each epoch.
    may_stop: bool  # Whether it may stop before the last epoch.
    title: str = ""  # Before the epoch's number, where several trainings follow each other.


class Pace:
    """Mean seconds of a step, and the seconds from one epoch's last step to the next epoch.

    All times are of one steady clock. A process's first step builds the graph and is left out.
    """

    def __init__(self) -> None:
        self._steps = 0
        self._seconds = 0.0  # Of these steps.
        self._between: float | None = None  # Validation and saving, after the last epoch.
        self._mark: float | None = None  # When the step that runs began.

    @property
    def step_seconds(self) -> float | None:
        """None before the second step."""
        return self._seconds / self._steps if self._steps else None

    def begin_epoch(self, now: float) -> None:
        """An epoch begins."""
        if self._mark is not None:
            self._between, self._mark = now - self._mark, now

    def end_step(self, now: float) -> None:
        """A step ended."""
        if self._mark is not None:
            self._steps += 1
            self._seconds += now - self._mark
        self._mark = now

    def seconds_left(self, work: Work, done: int) -> float | None:
        """Of all epochs, validation included, after `done` steps; None before the second one.

        Before the first validation its time is taken from that of a step.
        """
        step = self.step_seconds
        if step is None:
            return None
        between = self._between
        if between is None:
            between = step * _VALIDATION_COST * work.validation_images / work.batch_size
        validations = work.epochs - (done - 1) // work.steps
        return (work.epochs * work.steps - done) * step + validations * between


def left_words(seconds: float, *, at_most: bool) -> str:
    """The time left, in words that are no more exact than it is known."""
    minutes = round(seconds / 60)
    if seconds < 90:
        time = f"{seconds:.0f} s"
    elif minutes < 90:
        time = f"{minutes} min"
    else:
        time = f"{minutes // 60} h {minutes % 60:02} min"
    return f"{'at most' if at_most else 'about'} {time} left"


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


class PenaltyApart(keras.callbacks.Callback):
    """Takes the penalty of the weights (L2) out of `val_loss`, and tells it as `penalty`.

    Keras adds it to the validation loss, too. There it says nothing of the faces, and as it shrinks
    or grows it could make another epoch the best one. It stands before every callback that reads
    `val_loss`. The weights rest during validation, so that what is left is the loss of the data.
    """

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002 - Keras passes it.
        """Called by Keras after an epoch's validation."""
        if logs is None or not self.model.losses:
            return
        logs["penalty"] = sum(float(penalty) for penalty in self.model.losses)
        if "val_loss" in logs:
            logs["val_loss"] -= logs["penalty"]


_VALIDATION_COST = 1 / 3  # Of a step, by image: validation needs no gradients, which cost twice.
