"""Keys of `train` that go together, and the refusal of others."""

from dataclasses import replace
from typing import Any

import pytest

from pipelines.config.checks import check_run_config
from schemas.config.blocks import Config, DataConfig, LabelsConfig
from schemas.config.train import AugmentConfig, TrainConfig
from schemas.errors import ConfigError

CONFIG = Config("a", (DataConfig("adience"),))
AGE = LabelsConfig(target="age")
BOTH = LabelsConfig(target="age_gender")
ALL = ("flip", "rotation", "shift", "shear", "zoom")


def with_train(labels: LabelsConfig, **train: Any) -> Config:
    return replace(CONFIG, labels=labels, train=TrainConfig(**train))


@pytest.mark.parametrize(
    "train",
    [
        {},
        {"epochs": 1},
        {"optimizer": "sgd"},
        {"optimizer": "sgd", "momentum": 0.9},
        {"schedule": "inverse", "decay": 1e-5},
        {"schedule": "constant", "warmup_epochs": 0.5, "epochs": 1},
        {"schedule": "plateau"},
        {"schedule": "plateau", "plateau_patience": 9},
        {"bn_momentum": 0.99},
        {"bn_momentum": 0.99, "model": "levi_hassner"},
        {"model": "cnn3"},  # The default of a key is no mistake, whatever the model.
        {"ordinal": "soft_labels"},
        {"ordinal": "coral"},
        {"class_weights": "balanced"},
        {"sampling": "balanced"},
        {"augment": ()},
        {"augment": ALL, "augment_ranges": AugmentConfig(rotation=90.0)},
        {"augment": ("rotation",), "augment_ranges": AugmentConfig(rotation=1.0)},
    ],
    ids=str,
)
def test_keys_that_go_together_pass(train: dict[str, Any]) -> None:
    check_run_config(with_train(AGE, **train))


def test_ordered_losses_are_for_targets_with_an_age_beside_others() -> None:
    check_run_config(with_train(BOTH, ordinal="coral"))


@pytest.mark.parametrize(
    ("train", "message"),
    [
        (
            {"momentum": 0.9},
            (
                "train.momentum is 0.9, but train.optimizer is adam, which does not read it: "
                "remove the key, or set train.optimizer=sgd."
            ),
        ),
        (
            {"decay": 1e-5},
            (
                "train.decay is 1e-05, but train.schedule is cosine, which does not read it: "
                "remove the key, or set train.schedule=inverse."
            ),
        ),
        (
            {"schedule": "inverse"},
            (
                "train.schedule is inverse, but train.decay is 0.0, so the rate would stay: set "
                "train.decay above 0, such as 1.0e-5, or train.schedule=constant."
            ),
        ),
        (
            {"warmup_epochs": 3.0, "epochs": 3},
            (
                "train.warmup_epochs is 3.0, expected less than train.epochs=3: the rate would "
                "never be reached. Lower it, or train longer."
            ),
        ),
        (
            {"warmup_epochs": 1.0, "schedule": "plateau"},
            (
                "train.warmup_epochs is 1.0, but schedule plateau sets the rate by the validation "
                "loss alone: remove the key, or choose another train.schedule."
            ),
        ),
        (
            {"bn_momentum": 0.99, "model": "cnn3"},
            (
                "train.bn_momentum is 0.99, but model cnn3 trains no batch normalisation: remove "
                "the key, or choose one of: xception, inception_v3_tuned, levi_hassner."
            ),
        ),
        (
            {"class_weights": "balanced", "sampling": "balanced"},
            (
                "train.class_weights and train.sampling are both balanced, which would correct the "
                "same thing twice: a rare class would count by the square of its rarity. Keep one."
            ),
        ),
        (
            {"augment": ("flip", "zoom", "flip")},
            "train.augment names 'flip' twice, expected once. Remove one.",
        ),
        (
            {"augment": ("shear",), "augment_ranges": AugmentConfig(shear=0.0)},
            (
                "train.augment names 'shear', but train.augment_ranges.shear is 0.0, so it would "
                "change nothing: raise the range, or remove the name."
            ),
        ),
        (
            {"augment_ranges": AugmentConfig(zoom=0.3)},
            (
                "train.augment_ranges.zoom is 0.3, but train.augment does not name 'zoom': name "
                "it, or remove the key."
            ),
        ),
    ],
    ids=[
        "momentum",
        "decay",
        "no decay",
        "long warm-up",
        "warm-up of plateau",
        "no batch normalisation",
        "both balanced",
        "twice",
        "zero range",
        "range of none",
    ],
)
def test_a_key_without_effect_is_refused_with_the_fix(train: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_run_config(with_train(AGE, **train))

    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("train", "message"),
    [
        (
            {"plateau_patience": 2},
            r"plateau_patience is 2, but train\.schedule is cosine, .*remove .*schedule=plateau",
        ),
        (
            {"schedule": "plateau", "plateau_patience": 5, "patience": 5},
            r"plateau_patience is 5 and train\.patience 5: training would stop before",
        ),
    ],
    ids=["other schedule", "never reached"],
)
def test_a_plateau_patience_without_effect_is_refused(train: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        check_run_config(with_train(AGE, **train))


def test_an_ordered_loss_without_ordered_classes_is_refused() -> None:
    with pytest.raises(ConfigError) as caught:
        check_run_config(with_train(LabelsConfig(target="gender"), ordinal="coral"))

    assert str(caught.value) == (
        "train.ordinal is coral, but target gender has no head with ordered classes (age): "
        "remove the key, or choose another labels.target."
    )
