"""Keys of `train` beside the model, the target and each other."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelines.config.checks import check_run_config
from pipelines.config.load import read_config
from schemas.config.blocks import Config, DataConfig, ImagesConfig, LabelsConfig
from schemas.config.train import NetConfig, TrainConfig
from schemas.errors import ConfigError
from schemas.zoo import MODELS


def config(model: str, target: str = "age", **net: Any) -> Config:
    weights = "random" if MODELS[model].pretrained else None
    return Config(
        "test",
        (DataConfig("adience", "l", "i"),),
        labels=LabelsConfig(target=target),
        images=ImagesConfig(side=299),
        train=TrainConfig(model=model, net=NetConfig(**net), weights=weights),
    )


def refusal(config: Config) -> str:
    with pytest.raises(ConfigError) as caught:
        check_run_config(config)
    return str(caught.value)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    "net",
    [{"units": (64, 64)}, {"dropout": 0.0}, {"l2": 0.1}, {"max_norm": 3.0}, {"threshold": 0.5}],
    ids=lambda net: next(iter(net)),
)
def test_a_key_passes_exactly_for_the_models_that_take_it(model: str, net: dict[str, Any]) -> None:
    (key,) = net

    if key in MODELS[model].net_keys:
        check_run_config(config(model, **net))
    else:
        message = refusal(config(model, **net))
        assert f"train.net.{key} is set for model {model}, which has nothing" in message
        assert "one of: inception_v3_tuned, cnn3, cnn4, cnn5, levi_hassner, utk_cnn, mlp" in message


def test_the_table_is_of_known_keys_and_each_key_has_a_model() -> None:
    known = set(NetConfig.__dataclass_fields__)

    assert set().union(*(row.net_keys for row in MODELS.values())) == known


@pytest.mark.parametrize("units", [(0,), (64, -1), (65_537,)])
def test_units_beyond_all_reason_are_refusal(units: tuple[int, ...]) -> None:
    message = refusal(config("mlp", units=units))

    assert f"train.net.units is {list(units)}, expected whole numbers from 1 to 65536" in message


def test_a_two_hot_vector_is_of_age_and_gender_in_the_mlp() -> None:
    check_run_config(config("mlp", "age_gender", pair="two_hot"))

    assert "train.net.pair is set for model cnn3" in refusal(
        config("cnn3", "age_gender", pair="two_hot")
    )
    assert "expected it for one of: mlp." in refusal(config("cnn3", "age_gender", pair="two_hot"))
    assert "labels.target is age: the vector holds" in refusal(config("mlp", pair="two_hot"))


def test_a_two_hot_vector_excludes_ordinal_losses() -> None:
    pair = config("mlp", "age_gender", pair="two_hot")

    message = refusal(replace(pair, train=replace(pair.train, ordinal="soft_labels")))

    assert (
        "train.ordinal is soft_labels, but train.net.pair two_hot has a loss of its own" in message
    )


@pytest.mark.parametrize(
    ("target", "threshold", "least"),
    [("age", 0.125, "8 classes of age always has 1/8"), ("gender", 0.5, "2 classes of gender")],
)
def test_a_threshold_that_every_answer_passes_is_refusal(
    target: str, threshold: float, least: str
) -> None:
    check_run_config(config("cnn3", target, threshold=threshold + 0.01))

    assert least in refusal(config("cnn3", target, threshold=threshold))


def read(folder: Path, train: str, target: str = "race") -> Config:
    path = folder / "c.yaml"
    path.write_text(
        f"name: a\ndata: {{dataset: utkface, images: i}}\nlabels: {{target: {target}}}\n"
        f"train: {{{train}}}\n"
    )
    config = read_config(path)
    check_run_config(config)
    return config


@pytest.mark.parametrize(
    ("train", "target", "message"),
    [
        (
            "model: cnn3, net: {inputs: [age]}",
            "race",
            r"train\.net\.inputs is set for model cnn3, .* expected it for one of: utk_cnn",
        ),
        (
            "model: utk_cnn, net: {inputs: [gender, age]}",
            "age",
            r"net\.inputs names age, which the model predicts under labels\.target=age: ",
        ),
        ("model: utk_cnn, net: {inputs: [gender]}", "age_gender", r"inputs names gender, which"),
        ("model: utk_cnn, net: {inputs: [age, age]}", "race", r"\[age, age\], expected each label"),
        (
            "transfer: {epochs: 1}",
            "race",
            r"train\.transfer is set, but model xception has no pretrained base.*=inception_v3 or ",
        ),
        (
            "model: inception_v3, weights: random, transfer: {share: 0.5}",
            "race",
            r"train\.transfer\.share is 0\.5, but train\.transfer\.epochs is 0: there is no second",
        ),
        (
            "model: inception_v3, weights: random, transfer: {frozen: true}",
            "race",
            r"train\.transfer\.frozen is set, but the base of model inception_v3 is frozen first",
        ),
        (
            "model: inception_v3_tuned, weights: random, transfer: {frozen: true, epochs: 1}",
            "race",
            r"the base with a second phase is frozen first anyway",
        ),
        (
            "model: inception_v3_tuned, weights: random, transfer: {epochs: 1}, bn_momentum: 0.5",
            "race",
            r"train\.bn_momentum is 0\.5, but a base that is frozen first keeps its batch normal",
        ),
        ("weights: random", "race", r"train\.weights is set, but model xception has no pretrained"),
        (
            "model: inception_v3",
            "race",
            r"starts from ImageNet weights, .*`imagenet`.*_notop\.h5, .*`random`.*\.start_from",
        ),
        (
            "model: inception_v3, weights: imagenet, start_from: runs/a",
            "race",
            r"train\.weights and train\.start_from are both set, expected one",
        ),
    ],
    ids=[
        "model takes none", "input is the target", "input is one of two heads", "twice",
        "transfer without base", "transfer without epochs", "always frozen", "frozen first",
        "normalisation",
        "weights without base", "no weights", "weights and start",
    ],
)  # fmt: skip
def test_training_settings_that_do_not_fit_the_model_are_refused_with_the_fix(
    tmp_path: Path, train: str, target: str, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        read(tmp_path, train, target)


@pytest.mark.parametrize(
    "train",
    [
        "model: utk_cnn, net: {inputs: [age, gender]}",
        "model: inception_v3, weights: random, transfer: {epochs: 1, share: 1.0}",
        "model: inception_v3_tuned, start_from: runs/a, transfer: {epochs: 2}",
        "model: inception_v3_tuned, weights: imagenet, transfer: {frozen: true}",
        "start_from: runs/a",
    ],
)
def test_training_settings_that_fit_the_model_pass(tmp_path: Path, train: str) -> None:
    assert read(tmp_path, train).train.epochs == 50


def test_keywords_of_weights_stay_and_files_become_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    texts = {
        "imagenet": "imagenet",
        "random": "random",
        "./imagenet": f"{tmp_path}/imagenet",
        "base.h5": f"{tmp_path}/base.h5",
    }
    plain = "name: a\ndata: {dataset: utkface, images: imagenet}\n"
    (tmp_path / "plain.yaml").write_text(plain)

    for text, expected in texts.items():
        (tmp_path / "c.yaml").write_text(f"{plain}train: {{weights: {text}}}\n")
        in_file = read_config(tmp_path / "c.yaml")
        by_word = read_config(tmp_path / "plain.yaml", [f"train.weights={text}"])
        by_block = read_config(tmp_path / "plain.yaml", [f"train={{weights: {text}}}"])
        assert {config.train.weights for config in (in_file, by_word, by_block)} == {expected}
        assert in_file.data[0].images == f"{tmp_path}/imagenet"


def test_an_earlier_run_becomes_an_absolute_path(tmp_path: Path) -> None:
    assert read(tmp_path, "start_from: runs/a").train.start_from == f"{tmp_path}/runs/a"
