"""Keras callbacks: progress, TensorBoard, moving statistics over replicas, the L2 penalty."""

import logging
import os
import time

import keras
import tensorflow as tf

from components.trainer.training.early_stopping import EPOCH, History
from components.trainer.training.eta import StepTimer, TrainingPlan, format_eta
from schemas.progress import report_progress

_log = logging.getLogger(__name__)


class ReportSteps(keras.callbacks.Callback):
    """Reports each step as progress, and each epoch's metrics as a log line."""

    def __init__(self, plan: TrainingPlan) -> None:
        super().__init__()
        self._plan = plan
        self._timer = StepTimer()
        self._epoch = 0
        self._validated = ""  # The last epoch's validation accuracies.

    def on_epoch_begin(self, epoch: int, logs: object = None) -> None:  # noqa: ARG002 - Keras passes it.
        """Called by Keras."""
        self._epoch = epoch
        self._timer.begin_epoch(time.monotonic())

    def on_train_batch_end(self, batch: int, logs: object = None) -> None:  # noqa: ARG002 - Keras passes it.
        """Called by Keras after each step."""
        self._timer.end_step(time.monotonic())
        plan = self._plan
        done = self._epoch * plan.steps + batch + 1
        epoch = f"{plan.title}epoch {self._epoch + 1} of {plan.epochs}"
        note = f"({epoch}{self._speed(done)}{self._validated})"
        report_progress(_log, done, plan.epochs * plan.steps, "steps", note)

    def _speed(self, done: int) -> str:
        step, left = self._timer.step_seconds, self._timer.seconds_left(self._plan, done)
        if step is None or left is None:
            return ""
        rate = self._plan.batch_size / max(step, 1e-9)
        return f", {rate:.0f} images/s, {format_eta(left, at_most=self._plan.may_stop)}"

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Called by Keras after an epoch's validation."""
        metrics = logs or {}
        accuracy = [
            f"{v:.3f}" for k, v in metrics.items() if k.startswith("val_") and "accuracy" in k
        ]
        self._validated = f", validation accuracy {' '.join(accuracy)}" if accuracy else ""
        _log.info("epoch %d of %d: %s", epoch + 1, self._plan.epochs, metrics)


def write_scalars(history: History, folder: str) -> None:
    """Write the epochs of an earlier process for TensorBoard, as Keras would have."""
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
    """Averages BatchNorm's moving statistics over the replicas, before they are used or saved.

    MirroredStrategy does not synchronize them, and those of the first replica would be saved: a
    model with 0.981 in fit() was saved with 0.958. Keras' `synchronized=True` fails on logical
    CPUs.
    """

    def on_test_begin(self, logs: object = None) -> None:  # noqa: ARG002 - Keras passes it.
        """Called by Keras before validation."""
        average_statistics(self.model)

    def on_epoch_end(self, epoch: int, logs: object = None) -> None:  # noqa: ARG002 - Keras passes it.
        """Called by Keras after each epoch: a training without validation saves weights, too."""
        average_statistics(self.model)


def average_statistics(model: keras.Model) -> None:
    """Set the moving statistics of every replica to the mean of all replicas."""
    for weight in model.non_trainable_weights:
        copies = getattr(weight.value, "values", None)
        if copies is None or len(copies) < 2 or not weight.dtype.startswith("float"):
            continue
        mean = tf.add_n([copy.read_value() for copy in copies]) / len(copies)
        for copy in copies:
            copy.assign(mean)


class SubtractRegularization(keras.callbacks.Callback):
    """Subtracts the L2 penalty from `val_loss`, and reports it as `penalty`.

    Keras adds the penalty to the validation loss, where it says nothing about the faces and could
    change the best epoch. Before every callback that reads `val_loss`. The weights do not change
    during validation, so the rest is the loss of the data.
    """

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002 - Keras passes it.
        """Called by Keras after an epoch's validation."""
        if logs is None or not self.model.losses:
            return
        logs["penalty"] = sum(float(penalty) for penalty in self.model.losses)
        if "val_loss" in logs:
            logs["val_loss"] -= logs["penalty"]
