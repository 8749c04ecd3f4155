"""The phases of a training: their epochs, learning rate and trainable layers.

Without a second phase (`train.transfer`) there is one. Epochs are numbered over all planned phases,
so a phase that stops early leaves a gap in the numbers.
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
    """Epochs between two compilations."""

    first_epoch: int  # From 1.
    last_epoch: int  # Inclusive.
    rate: float  # The largest learning rate; its schedule runs over this phase alone.
    prepare: Callable[[keras.Model], None]  # Sets the trainable layers; called before compiling.

    def settings(self, config: TrainConfig) -> TrainConfig:
        """The config for this phase's optimizer.

        The rate warms up in the first phase only, whose heads are new.
        """
        return replace(
            config,
            epochs=self.last_epoch - self.first_epoch + 1,
            learning_rate=self.rate,
            warmup_epochs=config.warmup_epochs if self.first_epoch == 1 else 0.0,
        )

    def record(self, model: keras.Model, epochs: Sequence[float]) -> PhaseRecord:
        """Record of the finished phase; `epochs` are the numbers of all epochs so far."""
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


def _as_built(_: keras.Model) -> None:
    """Keep the builder's trainable layers: `inception_v3_tuned` is published with all of them."""


def freeze_base(model: keras.Model) -> None:
    """Freeze the pretrained base."""
    for layer in _base(model):
        layer.trainable = False


def unfreeze_end(model: keras.Model, share: float) -> None:
    """Unfreeze the last convolutions only: a share in (0, 1] of the base's, rounded up.

    Its batch normalisations stay frozen, which for Keras means inference mode: statistics of small
    batches are noisy, and their moving averages would replace those that the following weights were
    trained with.
    """
    freeze_base(model)
    convolutions = [layer for layer in _base(model) if isinstance(layer, keras.layers.Conv2D)]
    for layer in convolutions[-math.ceil(share * len(convolutions)) :]:
        layer.trainable = True


def _base(model: keras.Model) -> list[keras.Layer]:
    """The layers of the base, in the order of the graph."""
    return [layer for layer in model.layers if layer.name.startswith(BASE_PREFIX)]
