"""Keys of `train` that rule the loss, the rate and the training faces: which go together."""

import dataclasses

from schemas.config.blocks import Config
from schemas.config.train import AugmentConfig, TrainConfig
from schemas.errors import ConfigError
from schemas.labels.classes import ORDERED
from schemas.zoo import MODELS

_DEFAULTS = TrainConfig()

# A key that only one choice of another key reads: (key, other key, choice).
_READ_BY = (
    ("momentum", "optimizer", "sgd"),
    ("decay", "schedule", "inverse"),
)


def check_objective(config: Config) -> None:
    """No key is set where it has no effect, and none says the contrary of another.

    Raises:
      ConfigError: with the mend.
    """
    _check_rate(config.train)
    _check_normalisation(config.train)
    _check_loss(config)
    _check_balance(config.train)
    _check_augmentation(config.train)


def _check_rate(train: TrainConfig) -> None:
    for key, other, choice in _READ_BY:
        value, found = getattr(train, key), getattr(train, other)
        if value != getattr(_DEFAULTS, key) and found != choice:
            raise ConfigError(
                f"train.{key} is {value}, but train.{other} is {found}, which does not read it: "
                f"remove the key, or set train.{other}={choice}."
            )
    if train.schedule == "inverse" and train.decay == 0:
        raise ConfigError(
            "train.schedule is inverse, but train.decay is 0.0, so the rate would stay: set "
            "train.decay above 0, such as 1.0e-5, or train.schedule=constant."
        )
    if train.warmup_epochs and train.schedule == "plateau":
        raise ConfigError(
            f"train.warmup_epochs is {train.warmup_epochs}, but schedule plateau sets the rate "
            "by the validation loss alone: remove the key, or choose another train.schedule."
        )
    if train.warmup_epochs >= train.epochs:
        raise ConfigError(
            f"train.warmup_epochs is {train.warmup_epochs}, expected less than train.epochs="
            f"{train.epochs}: the rate would never be reached. Lower it, or train longer."
        )


def _check_normalisation(train: TrainConfig) -> None:
    if train.bn_momentum != _DEFAULTS.bn_momentum and not MODELS[train.model].batch_norm:
        normalised = ", ".join(name for name, model in MODELS.items() if model.batch_norm)
        raise ConfigError(
            f"train.bn_momentum is {train.bn_momentum}, but model {train.model} trains no batch "
            f"normalisation: remove the key, or choose one of: {normalised}."
        )


def _check_loss(config: Config) -> None:
    train = config.train
    if train.ordinal != "cross_entropy" and not ORDERED & {head for head, _ in config.heads}:
        raise ConfigError(
            f"train.ordinal is {train.ordinal}, but target {config.labels.target} has no head "
            f"with ordered classes ({', '.join(sorted(ORDERED))}): remove the key, or choose "
            "another labels.target."
        )


def _check_balance(train: TrainConfig) -> None:
    if train.class_weights == train.sampling == "balanced":
        raise ConfigError(
            "train.class_weights and train.sampling are both balanced, which would correct the "
            "same thing twice: a rare class would count by the square of its rarity. Keep one."
        )


def _check_augmentation(train: TrainConfig) -> None:
    for name in train.augment:
        if train.augment.count(name) > 1:
            raise ConfigError(f"train.augment names {name!r} twice, expected once. Remove one.")
        if getattr(train.augment_ranges, name, None) == 0:
            raise ConfigError(
                f"train.augment names {name!r}, but train.augment_ranges.{name} is 0.0, so it "
                "would change nothing: raise the range, or remove the name."
            )
    for field in dataclasses.fields(AugmentConfig):
        value = getattr(train.augment_ranges, field.name)
        if field.name not in train.augment and value != field.default:
            raise ConfigError(
                f"train.augment_ranges.{field.name} is {value}, but train.augment does not name "
                f"{field.name!r}: name it, or remove the key."
            )
