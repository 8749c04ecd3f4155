"""Combinations that a sweep tries, and the training of each."""

import itertools
from dataclasses import replace
from typing import get_args, get_type_hints

import pytest

from schemas.config.blocks import TuneConfig
from schemas.config.train import NetConfig, TrainConfig, TransferConfig
from schemas.sweep import PARAMETERS, combinations, format_values, planned, trial_base, with_values

TUNE = TuneConfig(
    trials=12, learning_rate=(0.1, 0.01), dropout=(0.0, 0.25, 0.5), units=(8, 16), layers=(1,)
)


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


def test_formatted_values_are_complete() -> None:
    assert (
        format_values({"learning_rate": 0.00012345, "units": 64})
        == "learning_rate 0.00012345, units 64"
    )


def test_the_values_of_a_sweep_have_the_range_of_the_key_they_replace() -> None:
    tune, train, net = (
        get_type_hints(block, include_extras=True) for block in (TuneConfig, TrainConfig, NetConfig)
    )

    assert get_args(tune["learning_rate"])[0] == train["learning_rate"]
    assert get_args(tune["dropout"])[0] == get_args(net["dropout"])[0]
