"""Keras callbacks: progress, and replicas that agree on their BatchNorm statistics."""

import logging
import time

import keras
import tensorflow as tf

from schemas.progress import report_progress

_log = logging.getLogger(__name__)


class ReportSteps(keras.callbacks.Callback):
    """Reports each step as progress, and each epoch's numbers as a log line."""

    def __init__(self, epochs: int, steps: int, batch_size: int, title: str = "") -> None:
        super().__init__()
        self._epochs = epochs
        self._steps = steps  # Steps an epoch.
        self._batch_size = batch_size  # Images a step.
        self._title = f"{title}, " if title else ""
        self._epoch = 0
        self._began = 0.0
        self._validated = ""  # The last epoch's validation numbers.

    def on_epoch_begin(self, epoch: int, logs: object = None) -> None:  # noqa: ARG002 - Keras passes it.
        """Called by Keras."""
        self._epoch = epoch
        self._began = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: object = None) -> None:  # noqa: ARG002 - Keras passes it.
        """Called by Keras after each step."""
        rate = (batch + 1) * self._batch_size / max(time.monotonic() - self._began, 1e-9)
        epoch = f"{self._title}epoch {self._epoch + 1} of {self._epochs}"
        note = f"({epoch}, {rate:.0f} images/s{self._validated})"
        done = self._epoch * self._steps + batch + 1
        report_progress(_log, done, self._epochs * self._steps, "steps", note)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Called by Keras after an epoch's validation."""
        numbers = logs or {}
        accuracy = [
            f"{v:.3f}" for k, v in numbers.items() if k.startswith("val_") and "accuracy" in k
        ]
        self._validated = f", validation accuracy {' '.join(accuracy)}" if accuracy else ""
        _log.info("epoch %d of %d: %s", epoch + 1, self._epochs, numbers)


class AverageStatistics(keras.callbacks.Callback):
    """Averages BatchNorm's moving statistics over the replicas before each validation, and last.

    MirroredStrategy does not synchronise them, and the first replica's would be saved: a model that
    fit() scored 0.981 was saved with 0.958. Keras' own `synchronized=True` fails on logical CPUs.
    """

    def on_test_begin(self, logs: object = None) -> None:  # noqa: ARG002 - Keras passes it.
        """Called by Keras before validation, and so before the best weights are kept."""
        average_statistics(self.model)

    def on_train_end(self, logs: object = None) -> None:  # noqa: ARG002 - Keras passes it.
        """Called by Keras at the end: a training without validation keeps its last weights."""
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
