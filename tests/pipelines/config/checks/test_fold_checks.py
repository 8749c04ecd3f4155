"""Folds and settings that cannot be cross-validated."""

from dataclasses import replace
from typing import Any

import pytest

from pipelines.config.checks import check_run_config
from pipelines.config.checks.fold_checks import check_folds
from schemas.config.blocks import Config, DataConfig, FoldsConfig, TuneConfig
from schemas.config.train import TrainConfig
from schemas.errors import ConfigError

CROSS_VALIDATION = Config("a", (DataConfig("adience"),), folds=FoldsConfig(test="all"))
PLATEAU = {"train": TrainConfig(schedule="plateau")}
SWEEP = {"tune": TuneConfig(trials=3, learning_rate=(0.1, 0.2, 0.3))}


@pytest.mark.parametrize(
    "folds", [("a", "b"), ("fold_0", "fold_1", "Fold-2", "test"), ("val", "x")]
)
def test_two_folds_or_more_that_share_nobody_can_be_cross_validated(
    folds: tuple[str, ...],
) -> None:
    check_folds(CROSS_VALIDATION, folds)
    check_run_config(CROSS_VALIDATION)


@pytest.mark.parametrize(
    ("folds", "message"),
    [
        ((), r"the data have 0 fold\(s\)"),
        (("fold_0",), r"1 fold\(s\) \(fold_0\), expected two or more.*Give the data more folds"),
        (("test", "train", "val"), r"train and val may share people.*folds.test=\[test\].*hash"),
        (("train", "train_subset"), "train and train_subset may share people"),
    ],
    ids=["none", "one", "published lists", "subset"],
)
def test_folds_that_cannot_be_cross_validated_are_refused(
    folds: tuple[str, ...], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        check_folds(CROSS_VALIDATION, folds)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (PLATEAU, "train.schedule is 'plateau' with folds.test 'all'.*train.schedule=cosine"),
        (SWEEP, "tune.trials is 3 with folds.test 'all'.*tune={}"),
    ],
    ids=["plateau", "sweep"],
)
def test_a_setting_that_needs_a_fold_that_is_never_held_out_is_refused(
    settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        check_run_config(replace(CROSS_VALIDATION, **settings))
    check_run_config(replace(CROSS_VALIDATION, folds=FoldsConfig(), **settings))


@pytest.mark.parametrize(
    ("test", "folds", "message"),
    [
        (("val",), ("test", "train", "val"), "holds out val, .* share with train: .* or train too"),
        (("val",), ("test", "train_subset", "val"), "holds out val, .* share with train_subset"),
        (("test", "train"), ("test", "train", "val"), "holds out train, .* share with val"),
    ],
    ids=["val of train", "val of its subset", "train of val"],
)
def test_a_fold_that_shares_people_with_a_training_fold_is_not_held_out(
    test: tuple[str, ...], folds: tuple[str, ...], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        check_folds(replace(CROSS_VALIDATION, folds=FoldsConfig(test)), folds)


@pytest.mark.parametrize("test", [("test",), ("train", "val")])
def test_folds_that_share_no_people_with_a_training_fold_are_held_out(
    test: tuple[str, ...],
) -> None:
    check_folds(replace(CROSS_VALIDATION, folds=FoldsConfig(test)), ("test", "train", "val"))
