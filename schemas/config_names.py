"""Names in a config that must stand in a table, and what follows from them."""

import re
from collections.abc import Iterable

from schemas.classes import AGE_TABLES, TARGETS
from schemas.config import Config
from schemas.errors import ConfigError
from schemas.labels import POLICIES
from schemas.slices import COLUMNS, slice_columns
from schemas.suggest import nearest
from schemas.zoo import MODELS

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def check_label_names(config: Config) -> None:
    """What every command needs: the run's own name, and those of the labels.

    Raises:
      ConfigError: with the nearest known name.
    """
    if not _NAME.fullmatch(config.name):
        raise ConfigError(
            f"name is {config.name!r}, expected letters, digits, '.', '_' and '-': "
            "it names the run folder."
        )
    check_name("labels.policy", config.labels.policy, POLICIES)
    check_name("labels.target", config.labels.target, TARGETS)
    check_name("labels.classes", config.labels.classes, AGE_TABLES)
    if not config.data:
        raise ConfigError("data is an empty list, expected at least one source of faces.")


def check_run_names(config: Config) -> None:
    """What training and evaluating need beyond it.

    Raises:
      ConfigError: with the mend.
    """
    check_name("train.model", config.train.model, MODELS)
    for group in config.evaluate.slices:
        for column in (group,) if isinstance(group, str) else group:
            check_name("evaluate.slices", column, COLUMNS)
    slice_columns(config.evaluate.slices)
    smallest = MODELS[config.train.model].min_side
    if config.images.side < smallest:
        raise ConfigError(
            f"images.side is {config.images.side}, but model {config.train.model} takes sides "
            f"from {smallest} on: raise images.side, or choose another train.model."
        )
    if not config.push.directory:
        raise ConfigError("push.directory is '', expected a folder such as serving_model.")


def check_folds(config: Config, folds: tuple[str, ...]) -> None:
    """The held-out folds exist, each once, and others are left to train on.

    Raises:
      ConfigError: with the nearest known fold.
    """
    known = ", ".join(folds)
    for fold in config.folds.test:
        if fold not in folds:
            raise ConfigError(
                f"folds.test names {fold!r}{nearest(fold, folds)}, but the data have {known}."
            )
        if config.folds.test.count(fold) > 1:
            raise ConfigError(f"folds.test names {fold!r} twice, expected once. Remove one.")
    if not config.folds.test:
        raise ConfigError(f"folds.test is empty, expected one or more of {known}.")
    if set(folds) <= set(config.folds.test):
        raise ConfigError(f"folds.test holds out all of {known}: nothing is left to train on.")


def check_name(key: str, name: str, known: Iterable[str]) -> None:
    """Raise ConfigError, with the nearest name, if `name` is none of `known`."""
    names = sorted(known)
    if name not in names:
        raise ConfigError(f"{key} is {name!r}{nearest(name, names)}. Known: {', '.join(names)}.")
