"""Keys of `train` that do not fit: each is told with its mend before any data is read."""

from pathlib import Path

import pytest

from pipelines.config.checks.data_checks import check_run_names
from pipelines.config.load import read_config
from schemas.config.blocks import Config
from schemas.errors import ConfigError


def read(folder: Path, train: str, target: str = "race") -> Config:
    path = folder / "c.yaml"
    path.write_text(
        f"name: a\ndata: {{dataset: utkface, images: i}}\nlabels: {{target: {target}}}\n"
        f"train: {{{train}}}\n"
    )
    config = read_config(path)
    check_run_names(config)
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
            r"net\.inputs names age, which labels\.target=age lets the model tell",
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
def test_what_does_not_fit_is_told_with_its_mend(
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
def test_what_fits_passes(tmp_path: Path, train: str) -> None:
    assert read(tmp_path, train).train.epochs == 50


def test_words_for_weights_are_no_paths_and_files_are(
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
        assert {one.train.weights for one in (in_file, by_word, by_block)} == {expected}
        assert in_file.data[0].images == f"{tmp_path}/imagenet"


def test_the_earlier_run_is_a_path(tmp_path: Path) -> None:
    assert read(tmp_path, "start_from: runs/a").train.start_from == f"{tmp_path}/runs/a"
