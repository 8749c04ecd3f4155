"""A training that keeps its best weights, stops in time, and goes on after it was killed."""

import logging
from typing import Any

import keras
import numpy as np

from components.trainer.training.checkpoint import Array, Backup, Saved
from components.trainer.training.early_stopping import (
    EPOCH,
    FACTOR,
    History,
    best_epoch,
    losses,
    plateaus,
    waited,
)
from schemas.config.train import TrainConfig

_log = logging.getLogger(__name__)


class Lasting(keras.callbacks.Callback):
    """Remembers all epochs and the best weights, and decides after each epoch how to go on.

    It comes last among the callbacks: with a backup it saves what all others have done. Without
    validation no epoch is the best, and all of them run.
    """

    def __init__(self, config: TrainConfig, backup: Backup | None = None) -> None:
        super().__init__()
        self._config = config
        self._backup = backup
        self._saved = backup.load() if backup else None
        self._best: list[Array] = self._saved.best if self._saved else []  # Weights.
        self._first, self._last = 1, 0  # Epochs of this phase.
        self.history: History = self._saved.history if self._saved else {}
        # The last epoch that a killed training has finished.
        self.resumed_after = int(self.history[EPOCH][-1]) if self._saved else 0

    def begin(self, model: keras.Model, first: int, last: int) -> int:
        """Begin the epochs from `first` to `last`, counted from 1, with a newly compiled model.

        Called inside the strategy's scope, where the optimiser makes its variables. Where a killed
        training was among these epochs, the model is brought to where it was.

        Returns:
          The epoch to begin with; beyond `last` if none is left.
        """
        self._first, self._last = first, last
        if self.resumed_after < first:
            self.restore_best(model)
            return first
        if self.resumed_after > last:
            return last + 1
        if self._saved is not None:
            model.optimizer.build(model.trainable_variables)
            for variable, value in zip(_variables(model), self._saved.variables, strict=True):
                variable.assign(value)
            self._saved = None  # Its arrays are as large as the model.
        _log.info("epoch %d was the last one finished", self.resumed_after)
        return last + 1 if self._is_over else self.resumed_after + 1

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Called by Keras after an epoch's validation."""
        rate = _learning_rate(self.model)
        for name, value in {EPOCH: epoch + 1, **(logs or {}), "learning_rate": rate}.items():
            self.history.setdefault(name, []).append(float(value))
        if best_epoch(losses(self.history)) == len(self.history[EPOCH]) - 1:
            self._best = [np.array(weight) for weight in self.model.get_weights()]
        if self._config.schedule == "plateau" and self._reaches_plateau():
            self.model.optimizer.learning_rate = rate * FACTOR
        if self._backup:
            values = [variable.numpy() for variable in _variables(self.model)]
            self._backup.save(Saved(self.history, values, self._best))
        self.model.stop_training = self._is_over

    def restore_best(self, model: keras.Model) -> None:
        """Give a model the weights of the best epoch so far; as it is, where there is none."""
        if self._best:
            model.set_weights(self._best)

    @property
    def _is_over(self) -> bool:
        """Whether the last epoch has run, or enough without a better validation loss."""
        # Each phase has all of its patience.
        waiting = min(waited(losses(self.history)), len(self._phase_losses()))
        return self.history[EPOCH][-1] >= self._last or waiting >= self._config.patience

    def _reaches_plateau(self) -> bool:
        found, patience = self._phase_losses(), self._config.plateau_patience
        return plateaus(found, patience) > plateaus(found[:-1], patience)

    def _phase_losses(self) -> list[float]:
        return [
            loss
            for epoch, loss in zip(self.history[EPOCH], losses(self.history), strict=False)
            if epoch >= self._first
        ]


def _variables(model: keras.Model) -> list[Any]:
    """All that the next step depends on: weights, statistics, random states, the optimiser's."""
    return [*model.variables, *model.optimizer.variables]


def _learning_rate(model: keras.Model) -> float:
    return float(keras.ops.convert_to_numpy(model.optimizer.learning_rate))
