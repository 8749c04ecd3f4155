"""The phases of training: which epochs, at which rate, with which part of the model trainable.

A model without a second phase (`train.transfer`) has one. Epochs are counted over all phases as
they are planned, so a phase that stops early leaves a gap in the numbers.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import keras

from components.trainer.models.inception import BASE_PREFIX
from schemas.train_config import TrainConfig


class Phase(NamedTuple):
    """A stretch of epochs between two compilations."""

    first_epoch: int  # From 1.
    last_epoch: int  # Inclusive.
    rate: float  # The largest learning rate; its schedule runs over this phase alone.
    prepare: Callable[[keras.Model], None]  # Says what is trainable; called before compiling.

    def settings(self, config: TrainConfig) -> TrainConfig:
        """The config as this phase's optimiser sees it.

        The rate warms up in the first phase alone, whose heads are new.
        """
        return replace(
            config,
            epochs=self.last_epoch - self.first_epoch + 1,
            learning_rate=self.rate,
            warmup_epochs=config.warmup_epochs if self.first_epoch == 1 else 0.0,
        )


def plan_phases(config: TrainConfig) -> list[Phase]:
    """One phase, or with `transfer.epochs` two: the base frozen, then its end unfrozen."""
    transfer = config.transfer
    prepare = freeze_base if transfer.epochs or transfer.frozen else _as_built
    first = Phase(1, config.epochs, config.learning_rate, prepare)
    if not transfer.epochs:
        return [first]
    return [
        first,
        Phase(
            config.epochs + 1,
            config.epochs + transfer.epochs,
            transfer.learning_rate,
            partial(unfreeze_end, share=transfer.share),
        ),
    ]


def _as_built(model: keras.Model) -> None:
    """Leave what the builder made trainable: `inception_v3_tuned` is published with all of it."""
    del model


def freeze_base(model: keras.Model) -> None:
    """Make nothing of the pretrained base trainable."""
    for layer in _base(model):
        layer.trainable = False


def unfreeze_end(model: keras.Model, share: float) -> None:
    """Make the last convolutions of the base trainable, and nothing else of it.

    Its batch normalisations stay frozen, which Keras takes for inference mode: on the few faces of
    a batch their statistics would swing, and moving averages of those would replace the ones that
    the weights behind them were trained with.

    Args:
      model: with a pretrained base.
      share: of the base's convolutions, in (0, 1]; rounded up.
    """
    freeze_base(model)
    convolutions = [layer for layer in _base(model) if isinstance(layer, keras.layers.Conv2D)]
    for layer in convolutions[-math.ceil(share * len(convolutions)) :]:
        layer.trainable = True


def _base(model: keras.Model) -> list[keras.Layer]:
    """The layers of the base, in the order of the graph."""
    return [layer for layer in model.layers if layer.name.startswith(BASE_PREFIX)]


class BestOfAll(keras.callbacks.EarlyStopping):
    """Early stopping by the validation loss, with the best weights of all phases kept.

    Each phase begins with the best weights so far and with all of its patience.
    """

    def __init__(self, patience: int) -> None:
        super().__init__("val_loss", patience=patience, restore_best_weights=True)
        self.best: float | None = None
        self.best_epoch = 0
        self.best_weights: list[Any] | None = None

    def on_train_begin(self, logs: object = None) -> None:
        """Called by Keras at the begin of each phase; its own forgets the best."""
        best = self.best, self.best_weights, self.best_epoch
        super().on_train_begin(logs)
        self.best, self.best_weights, self.best_epoch = best

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Called by Keras after an epoch; its own keeps a best of nan, which nothing is below."""
        loss = (logs or {}).get("val_loss", math.nan)
        if self.best is not None and math.isnan(self.best) and not math.isnan(loss):
            self.best = None
        super().on_epoch_end(epoch, logs)


class Course(NamedTuple):
    """What was logged after each epoch of all phases."""

    epochs: list[int]  # Their numbers, from 1.
    logs: dict[str, list[float]]  # Name to a value an epoch.
    phases: list[dict[str, Any]]  # Facts of each phase.

    def add(self, phase: Phase, history: keras.callbacks.History) -> None:
        """Append the epochs of a phase that has ended."""
        run = [epoch + 1 for epoch in history.epoch]
        self.epochs.extend(run)
        for name, values in history.history.items():
            self.logs.setdefault(name, []).extend(values)
        self.phases.append(
            {
                "first_epoch": run[0],
                "last_epoch": run[-1],
                "learning_rate": phase.rate,
                "trainable": sum(math.prod(w.shape) for w in history.model.trainable_weights),
            }
        )
