"""The last model of a cross-validation: trained on all folds for a given number of epochs."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from schemas.config.train import TrainConfig, first_phase
from schemas.errors import DataError
from schemas.training_record import ChosenEpochs


def read_choice(hyperparameters: Mapping[str, Any] | None) -> ChosenEpochs:
    """The number of epochs and its origin, as EpochChoice wrote them.

    Raises:
      DataError: there is no number of epochs.
    """
    chosen = dict(hyperparameters or {})
    if not isinstance(chosen.get("epochs"), int) or chosen["epochs"] < 1:
        raise DataError(
            f"the hyperparameters are {hyperparameters!r}, expected `epochs`, 1 or more, from "
            "EpochChoice: nobody is held out. Run EpochChoice again."
        )
    return ChosenEpochs(**chosen)


def with_epochs(config: TrainConfig, epochs: int) -> TrainConfig:
    """The same training over a number of epochs in all, which its schedule spans.

    A second phase (`train.transfer`) gets the epochs left after the first.
    """
    first = min(epochs, config.epochs)
    transfer = replace(first_phase(config.transfer), epochs=epochs - first)
    return replace(config, epochs=first, transfer=transfer)


def check_last_loss(config: TrainConfig, losses: Sequence[float]) -> None:
    """Check the training losses of a training without validation.

    Raises:
      DataError: the loss of the last epoch is not a number.
    """
    if not math.isfinite(losses[-1]):
        raise DataError(
            f"the training loss is not a number after {len(losses)} epochs. "
            f"Lower train.learning_rate={config.learning_rate}, or use train.precision=float32."
        )
