"""Dataclasses from plain values: keys, types, ranges, and the way through TFX and back."""

import json
import math
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

from schemas.config.blocks import Config, DataConfig, EvaluateConfig
from schemas.config.serialization import build, dump, load, nearest
from schemas.config.train import TrainConfig
from schemas.errors import ConfigError


@dataclass(frozen=True)
class Wheel:
    """A part."""

    size: float = field(default=1.0, metadata={"low": 0.5, "high": 2.0})


@dataclass(frozen=True)
class Cart:
    """Every kind of field."""

    name: str
    wheels: tuple[Wheel, ...]
    spare: Wheel = Wheel()
    load: int = field(default=0, metadata={"low": 0})
    colour: Literal["red", "blue"] = "red"
    owner: str | None = None
    places: tuple[int, ...] = ()


WHOLE = {"name": "c", "wheels": [{"size": 2}, {}]}


def test_a_whole_mapping_is_built_with_its_defaults() -> None:
    assert build(Cart, WHOLE, source="f") == Cart("c", (Wheel(2.0), Wheel(1.0)))


def test_one_mapping_stands_for_a_list_of_one() -> None:
    cart = build(Cart, {"name": "c", "wheels": {"size": 2}}, source="f")

    assert cart.wheels == (Wheel(2.0),)


def test_a_whole_number_is_kept_as_float_where_a_number_is_expected() -> None:
    size = build(Wheel, {"size": 2}, source="f").size

    assert isinstance(size, float)


def test_an_empty_section_means_its_defaults() -> None:
    assert build(Cart, WHOLE | {"spare": None}, source="f").spare == Wheel()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lod": 1}, r"f: unknown key 'lod' \(did you mean 'load'\?\)\. Known keys: name, wheels"),
        ({"zzz": 1}, r"f: unknown key 'zzz'\. Known keys"),
        ({7: 1}, r"unknown key '7'"),
        ({"spare": {"sise": 1}}, r"'spare\.sise' \(did you mean 'size'\?\)\. Known keys of spare"),
        ({"wheels": [{}, {"sise": 1}]}, r"'wheels\.1\.sise'"),
        ({"spare": 3}, r"spare is 3, expected a mapping"),
        ({"spare": []}, r"spare is \[\], expected a mapping"),
        ({"wheels": "round"}, r"wheels is 'round', expected a mapping"),
        ({"wheels": [{}, "round"]}, r"wheels\.1 is 'round', expected a mapping"),
        ({"name": 3}, r"f: name is 3, expected text"),
        ({"name": None}, r"name is None, expected text"),
        ({"load": True}, r"load is True, expected a whole number"),
        ({"load": 1.0}, r"load is 1\.0, expected a whole number"),
        ({"load": None}, r"load is None, expected a whole number"),
        ({"load": -1}, r"load is -1, expected a number 0 or more"),
        (
            {"spare": {"size": "1e-3"}},
            r"spare\.size is '1e-3'.*YAML reads 1e-3 as text: write 1\.0",
        ),
        ({"spare": {"size": True}}, r"spare\.size is True, expected a number"),
        ({"spare": {"size": 0.49}}, r"size is 0\.49, expected a number from 0\.5 to 2\.0"),
        ({"spare": {"size": 2.01}}, r"size is 2\.01, expected a number from"),
        ({"spare": {"size": math.nan}}, r"size is nan, expected a number from"),
        ({"spare": {"size": -math.inf}}, r"size is -inf, expected a number from"),
        ({"spare": {"size": 10**400}}, r"size is inf, expected a number from"),
        ({"wheels": [{}, {"size": 3}]}, r"wheels\.1\.size is 3\.0, expected a number from"),
        ({"colour": "rad"}, r"colour is 'rad', expected 'red' or 'blue'"),
        ({"colour": ["red"]}, r"colour is \['red'\], expected 'red' or 'blue'"),
        ({"owner": 3}, r"owner is 3, expected text or null"),
        ({"places": 3}, r"places is 3, expected a list, each a whole number\. Write \[3\]"),
        ({"places": [1, True]}, r"places is \[1, True\], expected a list, each a whole number"),
        ({"places": [[1]]}, r"places is \[\[1\]\], expected a list"),
        ({"places": "12"}, r"places is '12', expected a list"),
    ],
    ids=repr,
)
def test_a_wrong_value_is_told_with_its_place_and_mend(
    change: dict[Any, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        build(Cart, WHOLE | change, source="f")


@pytest.mark.parametrize("key", ["name", "wheels"])
def test_a_missing_key_is_told_with_what_to_add(key: str) -> None:
    raw = {name: value for name, value in WHOLE.items() if name != key}

    with pytest.raises(ConfigError, match=rf"f: key '{key}' is missing\. Add `{key}: \.\.\.`"):
        build(Cart, raw, source="f")


def test_a_wrong_key_is_told_before_a_wrong_type_that_stands_above_it() -> None:
    with pytest.raises(ConfigError, match=r"unknown key 'spare\.sise'"):
        build(Cart, WHOLE | {"load": "heavy", "spare": {"sise": 1}}, source="f")


def test_bounds_themselves_are_in_range() -> None:
    sizes = [build(Wheel, {"size": size}, source="f").size for size in (0.5, 2)]

    assert sizes == [0.5, 2.0]


CONFIG = Config(
    "n",
    (DataConfig("adience", "l", "i"), DataConfig("utkface")),
    train=TrainConfig(devices=(0, 1), learning_rate=1e-05),
    evaluate=EvaluateConfig(slices=("fold", ("gender", "age"))),
)


def test_what_dump_wrote_load_reads_back_equal() -> None:
    assert load(Config, dump(CONFIG)) == CONFIG
    assert load(TrainConfig, dump(TrainConfig())) == TrainConfig()


def test_dump_writes_sorted_keys_so_equal_configs_are_equal_texts() -> None:
    text = dump(CONFIG)

    keys = list(json.loads(text))
    assert keys == sorted(keys)
    assert text == dump(load(Config, text))


@pytest.mark.parametrize(
    ("name", "text"),
    [("gendr", " (did you mean 'gender'?)"), ("gender", " (did you mean 'gender'?)"), ("xyz", "")],
)
def test_only_a_near_name_is_suggested(name: str, text: str) -> None:
    assert nearest(name, ["age", "gender", "fold"]) == text
