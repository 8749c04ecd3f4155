"""The parameters of the Trainer and the Tuner, as the pipeline passes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from schemas.config.blocks import ImagesConfig, TuneConfig
from schemas.config.serialization import Block, dump, load
from schemas.config.train import TrainConfig
from schemas.training_record import DataOrigin

_KEY = "parameters"  # The one key of TFX's custom config.


@dataclass(frozen=True)
class TrainerParameters(Block):
    """Settings of one training or sweep beside TFX's own arguments."""

    train: TrainConfig
    seed: int
    images: ImagesConfig
    target: str  # A key of TARGETS in schemas/labels/classes.py.
    classes: str  # LabelsConfig.tables.
    validation_share: float  # Of the training folds' images, by subject.
    # Held-out folds. None: the last training of a cross-validation, which holds out nobody and
    # takes its epochs from the hyperparameters.
    held_out: tuple[str, ...] | None
    origins: tuple[DataOrigin, ...]
    start_folder: str  # Of the model to start from; empty: none.
    checkpoints: str  # Root folder of checkpoints and trials; the same for each attempt.
    weights_hash: str  # Of the file that `train.weights` means; part of the cache key.
    code: str  # Hash of the sources of this step; part of the cache key.
    tune: TuneConfig | None = None  # With a sweep.

    def to_custom_config(self) -> dict[str, str]:
        """The custom config for TFX."""
        return {_KEY: dump(self)}

    @classmethod
    def from_custom_config(cls, custom_config: Mapping[str, Any]) -> Self:
        """Read what `to_custom_config` wrote."""
        return load(cls, custom_config[_KEY])
