"""Overrides of a config: `key.sub=value`."""

from pathlib import Path

import pytest

from schemas.config.blocks import DataConfig
from schemas.errors import ConfigError
from tests.pipelines.config.written_config import PLAIN, read


@pytest.mark.parametrize(
    "override",
    [
        "data.labels=here/l",
        "data.0.labels=here/l",
        "data={dataset: adience, labels: here/l}",
        "data=[{dataset: adience, labels: here/l}]",
        "data.0={dataset: adience, labels: here/l}",
    ],
)
def test_an_override_is_relative_to_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, override: str
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")

    config = read(tmp_path, PLAIN, override)

    assert config.data[0].labels == f"{tmp_path}/elsewhere/here/l"


def test_an_override_of_one_source_leaves_the_other(tmp_path: Path) -> None:
    text = "name: a\ndata: [{dataset: adience, labels: l}, {dataset: utkface, images: i}]"

    config = read(tmp_path, text, "data.1.images=/i", "data.0.labels=/x")

    assert config.data == (DataConfig("adience", "/x"), DataConfig("utkface", None, "/i"))


def test_overrides_replace_the_file_and_later_ones_earlier_ones(tmp_path: Path) -> None:
    overrides = (
        "train.epochs=3",
        "train.epochs=4",
        "evaluate.thresholds.accuracy=1",
        "folds.test=[x]",
    )

    config = read(tmp_path, f"{PLAIN}train: {{epochs: 2, batch_size: 8}}", *overrides)

    assert (config.train.epochs, config.train.batch_size) == (4, 8)
    assert config.evaluate.thresholds.accuracy == 1.0
    assert config.folds.test == ("x",)


def test_an_override_may_add_a_key_that_the_file_lacks(tmp_path: Path) -> None:
    assert read(tmp_path, "name: a", "data.dataset=utkface").data == (DataConfig("utkface"),)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("train.epoch=3", r"unknown key 'train\.epoch' \(did you mean 'epochs'\?\)"),
        (
            "train.epochs=[",
            r"'train\.epochs=\[': the value is not YAML\. Write train\.epochs=V",
        ),
        ("train.epochs=2024-13-01", r"the value is not YAML"),
        ("train={epochs: 1, epochs: 2}", r"the value is not YAML"),
        ("train.epochs=", r"train\.epochs is None, expected a whole number"),
        ("train.epochs.x=3", r"train\.epochs is \{'x': 3\}, expected a whole number"),
        ("data.labels.x=3", r"'labels' is '.*/l' and has no keys below it"),
        ("data.1.labels=x", r"'1' names no item, expected a number from 0 to 0"),
        ("data.0=x", r"data\.0 is 'x', expected a mapping"),
        ("train=3", r"train is 3, expected a mapping"),
        ("=3", r"unknown key ''"),
    ],
)
def test_a_wrong_override_is_refused_with_help(tmp_path: Path, override: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read(tmp_path, PLAIN, override)


def test_an_empty_list_has_no_item_to_override(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="'0' names no item, expected none: the list is empty"):
        read(tmp_path, "name: a\ndata: []", "data.0.labels=x")


def test_an_override_reaches_below_an_empty_key(tmp_path: Path) -> None:
    config = read(tmp_path, "name: a\ndata: {dataset: utkface}\ntrain:\n", "train.epochs=3")

    assert config.train.epochs == 3
