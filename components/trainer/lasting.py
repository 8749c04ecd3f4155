"""A training that keeps its best weights, stops in time, and goes on after it was killed."""

import logging
from typing import Any

import keras
import numpy as np

from components.trainer.backup import Array, Backup, Saved, same_shapes
from components.trainer.course import FACTOR, History, best_epoch, plateaus, waited
from schemas.train_config import TrainConfig

_log = logging.getLogger(__name__)


class Lasting(keras.callbacks.Callback):
    """Remembers all epochs and the best weights, and decides after each epoch how to go on.

    It comes last among the callbacks: with `backup` it saves what all others have done.
    """

    def __init__(self, config: TrainConfig, backup: Backup | None = None) -> None:
        super().__init__()
        self._config = config
        self._backup = backup
        self._best: list[Array] = []  # Weights of the best epoch.
        self.history: History = {}

    @property
    def losses(self) -> list[float]:
        """The validation loss of each epoch so far."""
        return self.history.get("val_loss", [])

    @property
    def is_over(self) -> bool:
        """Whether every epoch has run, or enough without a better validation loss."""
        return (
            len(self.losses) >= self._config.epochs or waited(self.losses) >= self._config.patience
        )

    def resume(self, model: keras.Model) -> int:
        """Bring a compiled model to where a killed training was; gives its finished epochs.

        Called inside the strategy's scope, where the optimiser makes its variables.
        """
        saved = self._backup.load() if self._backup else None
        if saved is None:
            return 0
        model.optimizer.build(model.trainable_variables)
        variables = _variables(model)
        if not same_shapes(saved.variables, variables):
            _log.warning("the backup is of another model: training anew")
            return 0
        for variable, value in zip(variables, saved.variables, strict=True):
            variable.assign(value)
        self.history, self._best = saved.history, saved.best
        _log.info("going on at epoch %d of %d", len(self.losses) + 1, self._config.epochs)
        return len(self.losses)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002 - Keras passes it.
        """Called by Keras after an epoch's validation."""
        numbers = {**(logs or {}), "learning_rate": _learning_rate(self.model)}
        for name, value in numbers.items():
            self.history.setdefault(name, []).append(float(value))
        if best_epoch(self.losses) == len(self.losses) - 1:
            self._best = [np.array(weight) for weight in self.model.get_weights()]
        if self._config.schedule == "plateau" and self._reaches_plateau():
            self.model.optimizer.learning_rate = numbers["learning_rate"] * FACTOR
        if self._backup:
            values = [variable.numpy() for variable in _variables(self.model)]
            self._backup.save(Saved(self.history, values, self._best))
        self.model.stop_training = self.is_over

    def restore_best(self, model: keras.Model) -> None:
        """Give a model the weights of the best epoch; those of the last, if there is none."""
        if self._best:
            model.set_weights(self._best)

    def _reaches_plateau(self) -> bool:
        patience = self._config.plateau_patience
        return plateaus(self.losses, patience) > plateaus(self.losses[:-1], patience)


def _variables(model: keras.Model) -> list[Any]:
    """All that the next step depends on: weights, statistics, random states, the optimiser's."""
    return [*model.variables, *model.optimizer.variables]


def _learning_rate(model: keras.Model) -> float:
    return float(keras.ops.convert_to_numpy(model.optimizer.learning_rate))
