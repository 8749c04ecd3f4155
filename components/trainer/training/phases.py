"""The phases of training: which epochs, at which rate, with which part of the model trainable.

A model without a second phase (`train.transfer`) has one. Epochs are counted over all phases as
they are planned, so a phase that stops early leaves a gap in the numbers.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import keras

from components.trainer.models.inception import BASE_PREFIX
from schemas.config.train import TrainConfig
from schemas.training_record import PhaseRecord


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

    def record(self, model: keras.Model, epochs: Sequence[float]) -> PhaseRecord:
        """The phase as it ran.

        Args:
          model: as the phase has trained it.
          epochs: the numbers of all epochs so far.
        """
        run = [int(epoch) for epoch in epochs if self.first_epoch <= epoch <= self.last_epoch]
        return PhaseRecord(
            first_epoch=run[0],
            last_epoch=run[-1],
            learning_rate=self.rate,
            trainable=sum(math.prod(weight.shape) for weight in model.trainable_weights),
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
