"""Checks of the optimizer, the schedule, the loss, the training faces and the second phase."""

import dataclasses

from pipelines.config.checks.model_checks import pretrained_names
from schemas.config.blocks import Config
from schemas.config.train import AugmentConfig, TrainConfig, TransferConfig
from schemas.errors import ConfigError
from schemas.labels.classes import ORDERED
from schemas.zoo import MODELS

_DEFAULTS = TrainConfig()


def check_optimizer(config: Config) -> None:
    """Momentum is set only for the optimizer that reads it."""
    _check_reader(config.train, "momentum", "optimizer", "sgd")


def _check_reader(train: TrainConfig, key: str, other: str, choice: str) -> None:
    """A key that one choice of another key reads is not set for the other choices."""
    value, chosen = getattr(train, key), getattr(train, other)
    if value != getattr(_DEFAULTS, key) and chosen != choice:
        raise ConfigError(
            f"train.{key} is {value}, but train.{other} is {chosen}, which does not read it: "
            f"remove the key, or set train.{other}={choice}."
        )


def check_schedule(config: Config) -> None:
    """The keys of the learning rate agree with `train.schedule`, and it with `folds`."""
    train = config.train
    _check_reader(train, "decay", "schedule", "inverse")
    _check_reader(train, "plateau_patience", "schedule", "plateau")
    if train.schedule == "inverse" and train.decay == 0:
        raise ConfigError(
            "train.schedule is inverse, but train.decay is 0.0, so the rate would stay: set "
            "train.decay above 0, such as 1.0e-5, or train.schedule=constant."
        )
    if train.schedule == "plateau":
        _check_plateau(config)
    if train.warmup_epochs >= train.epochs:
        raise ConfigError(
            f"train.warmup_epochs is {train.warmup_epochs}, expected less than train.epochs="
            f"{train.epochs}: the rate would never be reached. Lower it, or train longer."
        )


def _check_plateau(config: Config) -> None:
    train = config.train
    if train.warmup_epochs:
        raise ConfigError(
            f"train.warmup_epochs is {train.warmup_epochs}, but schedule plateau sets the rate "
            "by the validation loss alone: remove the key, or choose another train.schedule."
        )
    if train.plateau_patience >= train.patience:
        raise ConfigError(
            f"train.plateau_patience is {train.plateau_patience} and train.patience "
            f"{train.patience}: training would stop before the rate is ever lowered. Lower "
            "train.plateau_patience, or raise train.patience."
        )
    if config.folds.cross_validation:
        raise ConfigError(
            "train.schedule is 'plateau' with folds.test 'all': it follows the validation loss, "
            "and the last model, which is trained on all folds, has no validation faces. Set "
            "train.schedule=cosine, or name the folds to hold out, such as folds.test=[fold_4]."
        )


def check_loss(config: Config) -> None:
    """An ordinal loss has a head with ordered classes."""
    train = config.train
    if train.ordinal != "cross_entropy" and not ORDERED & {head for head, _ in config.heads}:
        raise ConfigError(
            f"train.ordinal is {train.ordinal}, but target {config.labels.target} has no head "
            f"with ordered classes ({', '.join(sorted(ORDERED))}): remove the key, or choose "
            "another labels.target."
        )


def check_balance(config: Config) -> None:
    """Rare classes are balanced once."""
    if config.train.class_weights == config.train.sampling == "balanced":
        raise ConfigError(
            "train.class_weights and train.sampling are both balanced, which would correct the "
            "same thing twice: a rare class would count by the square of its rarity. Keep one."
        )


def check_augmentation(config: Config) -> None:
    """Each augmentation is named once and has a range; only named ones have a range set."""
    train = config.train
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


def check_transfer(config: Config) -> None:
    """A second phase has a base to unfreeze, and its keys a second phase."""
    train, transfer, default = config.train, config.train.transfer, TransferConfig()
    if transfer != default and not MODELS[train.model].pretrained:
        raise ConfigError(
            f"train.transfer is set, but model {train.model} has no pretrained base to unfreeze. "
            f"Remove it, or choose train.model={pretrained_names()}."
        )
    if transfer.frozen and (transfer.epochs or MODELS[train.model].frozen_base):
        why = "with a second phase" if transfer.epochs else f"of model {train.model}"
        raise ConfigError(
            f"train.transfer.frozen is set, but the base {why} is frozen first anyway. Remove it."
        )
    if train.bn_momentum != _DEFAULTS.bn_momentum and (transfer.epochs or transfer.frozen):
        raise ConfigError(
            f"train.bn_momentum is {train.bn_momentum}, but a base that is frozen first keeps its "
            "batch normalisations frozen, too. Remove train.bn_momentum."
        )
    for key in ("share", "learning_rate"):
        if getattr(transfer, key) != getattr(default, key) and not transfer.epochs:
            raise ConfigError(
                f"train.transfer.{key} is {getattr(transfer, key)}, but train.transfer.epochs is "
                "0: there is no second phase. Set the epochs, or remove the key."
            )
