"""Checks of `tune` and of what it needs from the rest of the config."""

from schemas.config.blocks import Config, TuneConfig
from schemas.config.train import TrainConfig
from schemas.errors import ConfigError
from schemas.sweep import axes, combinations


def check_sweep(config: Config) -> None:
    """There are values to try, none twice, and at least as many combinations as trials."""
    tune = config.tune
    if not tune.trials:
        _check_off(tune)
        return
    if config.folds.cross_validation:
        raise ConfigError(
            f"tune.trials is {tune.trials} with folds.test 'all': a sweep would choose by "
            "faces that are held out later. Sweep with folds named, such as folds.test=[fold_4], "
            "write its best values into `train`, and leave the block out (tune={})."
        )
    _check_values(tune)
    possible = combinations(tune)
    if tune.trials > possible:
        raise ConfigError(
            f"tune.trials is {tune.trials}, but the values of {', '.join(axes(tune))} give "
            f"{possible} combination(s): lower it, or name more values."
        )
    _check_train(config.train, tune)


def _check_off(tune: TuneConfig) -> None:
    """Without a sweep no other key of `tune` has an effect."""
    given = [*axes(tune), *(["epochs"] if tune.epochs != TuneConfig.epochs else [])]
    if given:
        most = combinations(tune)
        wanted = f" to {most} or less" if most else " and values to try"
        raise ConfigError(
            f"tune.{given[0]} is set, but tune.trials is 0, which means no sweep: set tune.trials"
            f"{wanted}, or leave the block out (tune={{}})."
        )


def _check_values(tune: TuneConfig) -> None:
    varied = axes(tune)
    if not varied:
        raise ConfigError(
            f"tune.trials is {tune.trials}, but tune names no values to try: name some, such as "
            "tune.learning_rate=[0.001,0.0003], or set tune.trials=0."
        )
    for name, values in varied.items():
        twice = [value for value in values if values.count(value) > 1]
        if twice:
            raise ConfigError(f"tune.{name} names {twice[0]} twice, expected once. Remove one.")
    for name, other, example in (("units", "layers", "[1]"), ("layers", "units", "[128,256]")):
        if name in varied and other not in varied:
            raise ConfigError(
                f"tune.{name} is set without tune.{other}: dense layers have both a width and a "
                f"number. Add tune.{other}, such as tune.{other}={example}."
            )


def _check_train(train: TrainConfig, tune: TuneConfig) -> None:
    """Trials override no key that `train` sets, and reach their learning rate."""
    for name, value in (("units", train.net.units), ("dropout", train.net.dropout)):
        if getattr(tune, name) and value not in ((), None):
            raise ConfigError(
                f"train.net.{name} is set, and tune.{name} tries others in its place: remove one "
                "of them."
            )
    if train.warmup_epochs >= tune.epochs:
        raise ConfigError(
            f"train.warmup_epochs is {train.warmup_epochs:g}, but a trial has tune.epochs="
            f"{tune.epochs}: none would reach its learning rate. Raise tune.epochs."
        )
