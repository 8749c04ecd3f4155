"""Early stopping, best weights and checkpoints of a training that can be resumed."""

import logging
from typing import Any

import keras
import numpy as np

from components.trainer.training.checkpoint import Array, Checkpoint, CheckpointStore
from components.trainer.training.early_stopping import (
    EPOCH,
    FACTOR,
    History,
    best_epoch,
    count_plateaus,
    epochs_without_improvement,
    losses,
)
from schemas.config.train import TrainConfig

_log = logging.getLogger(__name__)


class ResumableTraining(keras.callbacks.Callback):
    """Records all epochs and the best weights, and stops early.

    The last of the callbacks, so that a checkpoint contains the effects of all others. Without
    validation no epoch is the best, and all of them run.
    """

    def __init__(self, config: TrainConfig, store: CheckpointStore | None = None) -> None:
        """Load the checkpoint of an interrupted training; without a store none is kept."""
        super().__init__()
        self._config = config
        self._store = store
        self._checkpoint = store.load() if store else None
        self._best: list[Array] = self._checkpoint.best if self._checkpoint else []  # Weights.
        self._first, self._last = 1, 0  # Epochs of this phase.
        self.history: History = self._checkpoint.history if self._checkpoint else {}
        # The last epoch of the interrupted training; 0: none.
        self.resumed_after = int(self.history[EPOCH][-1]) if self._checkpoint else 0

    def start_phase(self, model: keras.Model, first: int, last: int) -> range:
        """Start or resume the epochs from `first` to `last`, inclusive, of a newly compiled model.

        Called inside the strategy's scope, where the optimizer creates its variables. A new phase
        starts with the best weights so far; an interrupted one with the state of its checkpoint.

        Returns:
          The epochs left to run; empty if the phase is over.
        """
        self._first, self._last = first, last
        is_over = self.resumed_after > last
        if self.resumed_after < first:
            self.restore_best(model)
        elif not is_over:
            self._restore_checkpoint(model)
            is_over = self._is_over
        return range(last + 1 if is_over else max(first, self.resumed_after + 1), last + 1)

    def _restore_checkpoint(self, model: keras.Model) -> None:
        if self._checkpoint is not None:
            model.optimizer.build(model.trainable_variables)
            for variable, value in zip(_state(model), self._checkpoint.variables, strict=True):
                variable.assign(value)
            self._checkpoint = None  # Frees arrays as large as the model.
        _log.info("resuming after epoch %d", self.resumed_after)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Called by Keras after an epoch's validation."""
        rate = _learning_rate(self.model)
        for name, value in {EPOCH: epoch + 1, **(logs or {}), "learning_rate": rate}.items():
            self.history.setdefault(name, []).append(float(value))
        if best_epoch(losses(self.history)) == len(self.history[EPOCH]) - 1:
            self._best = [np.array(weight) for weight in self.model.get_weights()]
        if self._config.schedule == "plateau" and self._reaches_plateau():
            self.model.optimizer.learning_rate = rate * FACTOR
        if self._store:
            values = [variable.numpy() for variable in _state(self.model)]
            self._store.save(Checkpoint(self.history, values, self._best))
        self.model.stop_training = self._is_over

    def restore_best(self, model: keras.Model) -> None:
        """Set a model's weights to those of the best epoch so far, if there is one."""
        if self._best:
            model.set_weights(self._best)

    @property
    def _is_over(self) -> bool:
        """Whether the last epoch has run, or patience is exhausted."""
        # Each phase starts with its whole patience.
        wait = min(epochs_without_improvement(losses(self.history)), len(self._phase_losses()))
        return self.history[EPOCH][-1] >= self._last or wait >= self._config.patience

    def _reaches_plateau(self) -> bool:
        phase, patience = self._phase_losses(), self._config.plateau_patience
        return count_plateaus(phase, patience) > count_plateaus(phase[:-1], patience)

    def _phase_losses(self) -> list[float]:
        return [
            loss
            for epoch, loss in zip(self.history[EPOCH], losses(self.history), strict=False)
            if epoch >= self._first
        ]


def _state(model: keras.Model) -> list[Any]:
    """All that the next step depends on: weights, statistics, random states, the optimizer's."""
    return [*model.variables, *model.optimizer.variables]


def _learning_rate(model: keras.Model) -> float:
    return float(keras.ops.convert_to_numpy(model.optimizer.learning_rate))
