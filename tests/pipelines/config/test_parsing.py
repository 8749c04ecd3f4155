"""Blocks from plain values: each wrong key, type and range with its place and its fix."""

import datetime
import math
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pytest
from annotated_types import Interval

from pipelines.config.parsing import build
from schemas.config.serialization import Block
from schemas.errors import ConfigError


@dataclass(frozen=True)
class Wheel(Block):
    """A part."""

    size: Annotated[float, Interval(ge=0.5, le=2.0)] = 1.0


@dataclass(frozen=True)
class Cart(Block):
    """Every kind of field."""

    name: str
    wheels: tuple[Wheel, ...]
    spare: Wheel = Wheel()
    load: Annotated[int, Interval(ge=0)] = 0
    colour: Literal["red", "blue"] = "red"
    owner: str | None = None
    seats: tuple[int, ...] = ()
    doors: Literal["none"] | Annotated[int, Interval(ge=1, le=4)] = "none"
    open: bool = False
    switch: Literal["on", "off"] = "off"
    tags: tuple[str | tuple[str, ...], ...] = ()


WHOLE = {"name": "c", "wheels": [{"size": 2}, {}]}


def test_a_whole_mapping_is_built_with_its_defaults() -> None:
    assert build(Cart, WHOLE, source="f") == Cart("c", (Wheel(2.0), Wheel(1.0)))


@pytest.mark.parametrize(("value", "word"), [(True, "on"), (False, "off"), ("on", "on")])
def test_on_and_off_are_the_words_that_yaml_reads_as_booleans(value: Any, word: str) -> None:
    cart = build(Cart, WHOLE | {"switch": value, "open": True}, source="f")

    assert (cart.switch, cart.open) == (word, True)


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
        ({"name": 3}, r"f: name is 3, expected text\. Write it in quotes\.$"),
        ({"name": None}, r"name is None, expected text"),
        ({"load": True}, r"load is True, expected a whole number"),
        ({"load": 1.0}, r"load is 1\.0, expected a whole number"),
        ({"load": None}, r"load is None, expected a whole number"),
        ({"load": -1}, r"load is -1, expected a whole number, 0 or more"),
        (
            {"spare": {"size": "1e-3"}},
            r"spare\.size is '1e-3'.*YAML reads 1e-3 as text: write 1\.0",
        ),
        ({"spare": {"size": True}}, r"spare\.size is True, expected a number"),
        ({"spare": {"size": 0.49}}, r"size is 0\.49, expected a number from 0\.5 to 2\.0"),
        ({"spare": {"size": 2.01}}, r"size is 2\.01, expected a number from"),
        ({"spare": {"size": math.nan}}, r"size is nan, expected a number from"),
        ({"spare": {"size": -math.inf}}, r"size is -inf, expected a number from"),
        ({"spare": {"size": 10**400}}, r"size is 10+, expected a number from"),
        ({"wheels": [{}, {"size": 3}]}, r"wheels\.1\.size is 3, expected a number from"),
        ({"colour": "rad"}, r"colour is 'rad', expected 'red' or 'blue'"),
        ({"colour": ["red"]}, r"colour is \['red'\], expected 'red' or 'blue'"),
        ({"owner": 3}, r"owner is 3, expected text or null"),
        ({"seats": 3}, r"seats is 3, expected a list, each a whole number\. Write \[3\]"),
        ({"seats": [1, True]}, r"seats\.1 is True, expected a whole number\.$"),
        ({"seats": [[1]]}, r"seats\.0 is \[1\], expected a whole number\.$"),
        ({"seats": "12"}, r"seats is '12', expected a list, each a whole number\.$"),
        ({"load": "3"}, r"load is '3', expected a whole number, 0 or more\. Write 3 without quo"),
        ({"open": 1}, r"open is 1, expected true or false\.$"),
        ({"open": "true"}, r"open is 'true', expected true or false\. Write true without quotes"),
        ({"doors": 5}, r"f: doors is 5, expected 'none' or a whole number from 1 to 4\.$"),
        ({"doors": "many"}, r"doors is 'many', expected 'none' or a whole number from 1 to 4\.$"),
        ({"doors": "3"}, r"doors is '3', expected .* Write 3 without quotes\.$"),
        ({"tags": [["a", 1]]}, r"tags\.0 is \['a', 1\], expected text or a list, each text\.$"),
        ({"tags": "a"}, r"tags is 'a', expected a list, each text or a list.*Write \[a\]\.$"),
        (
            {"owner": datetime.date(2024, 5, 1)},
            r"owner is datetime\.date\(2024, 5, 1\), expec",
        ),
        ({"spare": datetime.date(2024, 5, 1)}, r"spare is datetime\.date.*expected a mapping"),
        ({"wheels": {1, 2}}, r"wheels is \{1, 2\}, expected a mapping"),
        ({"owner": b"me"}, r"owner is b'me', expected text or null"),
        ({"owner": "\ud800"}, r"f: owner is '\\ud800', expected UTF-8 text without NUL\.$"),
        ({"owner": "a\0"}, r"f: owner is 'a\\x00', expected UTF-8 text without NUL\.$"),
    ],
    ids=repr,
)
def test_a_wrong_value_is_reported_with_its_place_and_its_fix(
    change: dict[Any, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        build(Cart, WHOLE | change, source="f")


@pytest.mark.parametrize("key", ["name", "wheels"])
def test_a_missing_key_is_reported_with_the_line_to_add(key: str) -> None:
    raw = {name: value for name, value in WHOLE.items() if name != key}

    with pytest.raises(ConfigError, match=rf"f: key '{key}' is missing\. Add `{key}: \.\.\.`"):
        build(Cart, raw, source="f")


def test_an_unknown_key_is_reported_before_a_wrong_type_above_it() -> None:
    with pytest.raises(ConfigError, match=r"unknown key 'spare\.sise'"):
        build(Cart, WHOLE | {"load": "heavy", "spare": {"sise": 1}}, source="f")


def test_bounds_themselves_are_in_range() -> None:
    sizes = [build(Wheel, {"size": size}, source="f").size for size in (0.5, 2)]

    assert sizes == [0.5, 2.0]


def test_an_unknown_key_is_reported_before_the_missing_one_that_it_misspells() -> None:
    with pytest.raises(ConfigError, match=r"unknown key 'nme' \(did you mean 'name'\?\)"):
        build(Cart, {"nme": "c", "wheels": []}, source="f")


def test_values_that_contain_themselves_are_refused() -> None:
    seats: list[Any] = []
    seats.append(seats)

    with pytest.raises(ConfigError, match="f is no config"):
        build(Cart, WHOLE | {"seats": seats}, source="f")
