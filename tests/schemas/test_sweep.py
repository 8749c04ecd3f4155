"""Which combinations a sweep tries, and which sweeps are refused before any data are read."""

import itertools
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from pipelines.config.checks.data_checks import check_run_names
from pipelines.config.load import read_config
from schemas.config.blocks import Config, DataConfig, TuneConfig
from schemas.config.train import NetConfig, TrainConfig, TransferConfig
from schemas.errors import ConfigError
from schemas.sweep import PARAMETERS, combinations, planned, trial_base, with_values, words

CNN3 = TrainConfig(model="cnn3")
TUNE = TuneConfig(
    trials=12, learning_rate=(0.1, 0.01), dropout=(0.0, 0.25, 0.5), units=(8, 16), layers=(1,)
)


def config(tune: TuneConfig, train: TrainConfig = CNN3) -> Config:
    return Config("a", (DataConfig("adience"),), train=train, tune=tune)


def told(tune: TuneConfig, train: TrainConfig = CNN3) -> str:
    with pytest.raises(ConfigError) as caught:
        check_run_names(config(tune, train))
    return str(caught.value)


def test_as_many_trials_as_combinations_try_each_once() -> None:
    points = itertools.product((0.1, 0.01), (0.0, 0.25, 0.5), (8, 16), (1,))

    assert combinations(TUNE) == 12
    assert planned(TUNE, seed=3) == [dict(zip(PARAMETERS, point, strict=True)) for point in points]


@pytest.mark.parametrize("seed", range(5))
def test_fewer_trials_are_different_combinations_and_the_seed_chooses_them(seed: int) -> None:
    tune = replace(TUNE, trials=7)

    found = planned(tune, seed)

    assert len({tuple(values.items()) for values in found}) == 7
    assert all(values in planned(TUNE, 0) for values in found)
    assert found == planned(tune, seed)
    assert any(found != planned(tune, other) for other in range(5))


def test_a_sweep_over_more_points_than_memory_holds_is_planned_at_once() -> None:
    many = tuple(range(1, 3001))
    tune = TuneConfig(trials=3, learning_rate=many, dropout=many, units=many, layers=many)

    assert combinations(tune) == 3000**4
    assert len(planned(tune, 0)) == 3


def test_no_sweep_plans_nothing() -> None:
    assert planned(TuneConfig(), 0) == []


def test_values_come_into_their_places_and_leave_the_rest_alone() -> None:
    train = TrainConfig(model="mlp", batch_size=7, net=NetConfig(l2=0.5))

    changed = with_values(train, {"learning_rate": 0.5, "dropout": 0.25, "units": 8, "layers": 3})

    assert changed == replace(
        train, learning_rate=0.5, net=NetConfig(units=(8, 8, 8), dropout=0.25, l2=0.5)
    )
    assert with_values(train, {}) == train


def test_trials_have_their_own_epochs_and_no_second_phase() -> None:
    train = TrainConfig(epochs=90, transfer=TransferConfig(epochs=20, share=0.5))

    assert trial_base(train, TuneConfig(epochs=3)) == replace(
        train, epochs=3, transfer=TransferConfig(epochs=0, share=0.5, frozen=True)
    )
    assert trial_base(TrainConfig(), TuneConfig(epochs=3)).transfer == TransferConfig()


def test_words_name_every_value_in_full() -> None:
    assert words({"learning_rate": 0.00012345, "units": 64}) == "learning_rate 0.00012345, units 64"


def test_what_may_be_tried_is_what_train_may_be_set_to() -> None:
    bounds = {field.name: field.metadata for field in fields(TuneConfig)}
    train = {field.name: field.metadata for field in fields(TrainConfig)}
    net = {field.name: field.metadata for field in fields(NetConfig)}

    assert bounds["learning_rate"] == train["learning_rate"]
    assert bounds["dropout"] == net["dropout"]


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
def test_a_sweep_that_cannot_be_made_is_told_with_its_mend(name: str) -> None:
    tune, expected = REFUSED[name]
    message = told(tune)
    place = 0
    for part in expected.split(".*"):
        place = message.index(part, place)


@pytest.mark.parametrize(
    ("net", "key"),
    [(NetConfig(units=(128,)), "units"), (NetConfig(dropout=0.0), "dropout")],
    ids=["units", "dropout"],
)
def test_a_value_of_train_that_the_sweep_would_overrule_is_an_error(
    net: NetConfig, key: str
) -> None:
    assert f"train.net.{key} is set, and tune.{key} tries others" in told(
        TUNE, replace(CNN3, net=net)
    )


def test_trials_too_short_for_the_warm_up_are_an_error() -> None:
    train = replace(CNN3, warmup_epochs=5.0)

    assert "warmup_epochs is 5, but a trial has tune.epochs=5" in told(TUNE, train)
    check_run_names(config(replace(TUNE, epochs=6), train))


def test_a_sweep_that_can_be_made_passes() -> None:
    check_run_names(config(TUNE))


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("tune.learning_rate=[0.1,20]", r"tune.learning_rate.1 is 20.0, expected a number from"),
        ("tune.dropout=[-0.1]", r"tune.dropout.0 is -0.1, expected a number from 0.0 to 0.95"),
        ("tune.units=[8,0]", r"tune.units.1 is 0, expected a number 1 or more"),
        ("tune.layers=[17]", r"tune.layers.0 is 17, expected a number from 1 to 16"),
        ("tune.learning_rate=[.nan]", r"tune.learning_rate.0 is nan, expected a number from"),
        ("tune.units=8", r"tune.units is 8, expected a list, each a whole number. Write [8]."),
    ],
)
def test_a_value_out_of_range_is_named_by_its_place(
    word: str, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("name: a\ndata: {dataset: adience, labels: l, images: i}\n")

    with pytest.raises(ConfigError) as caught:
        read_config(path, [word])

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
