"""Keys of `train.net` beside the model, the target and each other."""

from dataclasses import replace
from typing import Any

import pytest

from pipelines.config.checks.data_checks import check_run_names
from schemas.config.blocks import Config, DataConfig, ImagesConfig, LabelsConfig
from schemas.config.train import NetConfig, TrainConfig
from schemas.errors import ConfigError
from schemas.zoo import MODELS, NETS


def config(model: str, target: str = "age", **net: Any) -> Config:
    weights = "random" if MODELS[model].pretrained else None
    return Config(
        "test",
        (DataConfig("adience", "l", "i"),),
        labels=LabelsConfig(target=target),
        images=ImagesConfig(side=299),
        train=TrainConfig(model=model, net=NetConfig(**net), weights=weights),
    )


def told(config: Config) -> str:
    with pytest.raises(ConfigError) as caught:
        check_run_names(config)
    return str(caught.value)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    "net",
    [{"units": (64, 64)}, {"dropout": 0.0}, {"l2": 0.1}, {"max_norm": 3.0}, {"threshold": 0.5}],
    ids=lambda net: next(iter(net)),
)
def test_a_key_passes_exactly_for_the_models_that_take_it(model: str, net: dict[str, Any]) -> None:
    (key,) = net

    if key in NETS[model].keys:
        check_run_names(config(model, **net))
    else:
        message = told(config(model, **net))
        assert f"train.net.{key} is set for model {model}, which has nothing" in message
        assert "one of: inception_v3_tuned, cnn3, cnn4, cnn5, levi_hassner, utk_cnn, mlp" in message


def test_the_table_is_of_known_keys_and_each_key_has_a_model() -> None:
    known = set(NetConfig.__dataclass_fields__)

    assert set().union(*(net.keys for net in NETS.values())) == known


@pytest.mark.parametrize("units", [(0,), (64, -1), (65_537,)])
def test_units_beyond_all_reason_are_told(units: tuple[int, ...]) -> None:
    message = told(config("mlp", units=units))

    assert f"train.net.units is {list(units)}, expected whole numbers from 1 to 65536" in message


def test_a_two_hot_vector_is_of_age_and_gender_in_the_mlp() -> None:
    check_run_names(config("mlp", "age_gender", pair="two_hot"))

    assert "train.net.pair is set for model cnn3" in told(
        config("cnn3", "age_gender", pair="two_hot")
    )
    assert "expected it for one of: mlp." in told(config("cnn3", "age_gender", pair="two_hot"))
    assert "labels.target is age: the vector holds" in told(config("mlp", pair="two_hot"))


def test_a_two_hot_vector_has_no_order_of_the_ages() -> None:
    pair = config("mlp", "age_gender", pair="two_hot")

    message = told(replace(pair, train=replace(pair.train, ordinal="soft_labels")))

    assert (
        "train.ordinal is soft_labels, but train.net.pair two_hot has a loss of its own" in message
    )


@pytest.mark.parametrize(
    ("target", "threshold", "least"),
    [("age", 0.125, "8 classes of age always has 1/8"), ("gender", 0.5, "2 classes of gender")],
)
def test_a_threshold_that_every_answer_passes_is_told(
    target: str, threshold: float, least: str
) -> None:
    check_run_names(config("cnn3", target, threshold=threshold + 0.01))

    assert least in told(config("cnn3", target, threshold=threshold))
