"""Sweeps that are refused before any data are read."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelines.config.checks import check_run_config
from pipelines.config.load import read_config
from schemas.config.blocks import Config, DataConfig, TuneConfig
from schemas.config.train import NetConfig, TrainConfig
from schemas.errors import ConfigError

CNN3 = TrainConfig(model="cnn3")
TUNE = TuneConfig(
    trials=12, learning_rate=(0.1, 0.01), dropout=(0.0, 0.25, 0.5), units=(8, 16), layers=(1,)
)


def config(tune: TuneConfig, train: TrainConfig = CNN3) -> Config:
    return Config("a", (DataConfig("adience"),), train=train, tune=tune)


def refusal(tune: TuneConfig, train: TrainConfig = CNN3) -> str:
    with pytest.raises(ConfigError) as caught:
        check_run_config(config(tune, train))
    return str(caught.value)


REFUSED: dict[str, tuple[TuneConfig, str]] = {
    "values_without_trials": (
        TuneConfig(dropout=(0.1, 0.2)),
        r"tune.dropout is set, but tune.trials is 0.*set tune.trials to 2 or less, or leave.*{}",
    ),
    "epochs_without_trials": (
        TuneConfig(epochs=7),
        "tune.epochs is set, but tune.trials is 0.*set tune.trials and values to try, or leave",
    ),
    "trials_without_values": (TuneConfig(trials=3), "names no values to try: name some, such as"),
    "twice": (
        TuneConfig(trials=1, dropout=(0.5, 0.1, 0.5)),
        r"tune.dropout names 0.5 twice, expected once. Remove one.",
    ),
    "units_alone": (TuneConfig(trials=1, units=(8,)), "units is set without tune.layers.*=[1]"),
    "layers_alone": (
        TuneConfig(trials=1, layers=(2,)),
        "layers is set without tune.units.*Add tune.units, such as tune.units=[128,256]",
    ),
    "too_many": (
        TuneConfig(trials=5, dropout=(0.1, 0.2), learning_rate=(0.1, 0.2)),
        "tune.trials is 5, but the values of learning_rate, dropout give 4 combination",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_sweep_that_cannot_be_made_is_refused_with_its_fix(name: str) -> None:
    tune, expected = REFUSED[name]
    message = refusal(tune)
    place = 0
    for part in expected.split(".*"):
        place = message.index(part, place)


@pytest.mark.parametrize(
    ("net", "key"),
    [(NetConfig(units=(128,)), "units"), (NetConfig(dropout=0.0), "dropout")],
    ids=["units", "dropout"],
)
def test_a_value_of_train_that_the_sweep_would_override_is_an_error(
    net: NetConfig, key: str
) -> None:
    assert f"train.net.{key} is set, and tune.{key} tries others" in refusal(
        TUNE, replace(CNN3, net=net)
    )


def test_trials_too_short_for_the_warm_up_are_an_error() -> None:
    train = replace(CNN3, warmup_epochs=5.0)

    assert "warmup_epochs is 5, but a trial has tune.epochs=5" in refusal(TUNE, train)
    check_run_config(config(replace(TUNE, epochs=6), train))


def test_a_sweep_that_can_be_made_passes() -> None:
    check_run_config(config(TUNE))


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("tune.learning_rate=[0.1,20]", r"tune.learning_rate.1 is 20, expected a number from"),
        ("tune.dropout=[-0.1]", r"tune.dropout.0 is -0.1, expected a number from 0.0 to 0.95"),
        ("tune.units=[8,0]", r"tune.units.1 is 0, expected a whole number, 1 or more"),
        ("tune.layers=[17]", r"tune.layers.0 is 17, expected a whole number from 1 to 16"),
        ("tune.learning_rate=[.nan]", r"tune.learning_rate.0 is nan, expected a number from"),
        (
            "tune.units=8",
            r"units is 8, expected a list, each a whole number, 1 or more. Write [8].",
        ),
    ],
)
def test_a_value_out_of_range_is_named_by_its_place(
    override: str, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("name: a\ndata: {dataset: adience, labels: l, images: i}\n")

    with pytest.raises(ConfigError) as caught:
        read_config(path, [override])

    assert message in str(caught.value)


def test_an_empty_block_ends_a_sweep(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(
        "name: a\ndata: {dataset: adience, labels: l, images: i}\n"
        "tune: {trials: 2, dropout: [0, 0.5]}\n"
    )
    found: dict[str, Any] = {
        "with": read_config(path).tune,
        "without": read_config(path, ["tune={}"]).tune,
    }

    assert found["with"] == TuneConfig(trials=2, dropout=(0.0, 0.5))
    assert found["without"] == TuneConfig()
