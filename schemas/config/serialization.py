"""Builds frozen dataclasses from plain values, checking keys, types and ranges."""

import dataclasses
import difflib
import json
import math
import types
from collections.abc import Iterable
from dataclasses import field
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from schemas.errors import ConfigError

T = TypeVar("T")


def build(cls: type[T], raw: Any, *, source: str) -> T:
    """Build a dataclass from a mapping, its fields too: all keys are checked, then all values.

    Args:
      cls: a frozen dataclass; a field's metadata may hold `low` and `high`, which bound a number
        or every number of a list.
      raw: what the file says.
      source: file named in messages.

    Raises:
      ConfigError: an unknown or missing key, a wrong type, or a number out of range.
    """
    _check_keys(cls, raw, "", source)
    built: T = _build(cls, raw, "", source)
    return built


def _check_keys(cls: Any, raw: Any, where: str, source: str) -> None:
    """Every key of the tree is known, and none that has no default is missing."""
    raw = {} if raw is None else raw
    if not isinstance(raw, dict):
        raise ConfigError(f"{source}: {where} is {raw!r}, expected a mapping of keys.")
    hints = get_type_hints(cls)
    for key in raw:
        if key not in hints:
            raise ConfigError(
                f"{source}: unknown key {_join(where, key)!r}{nearest(str(key), hints)}. "
                f"Known keys{' of ' + where if where else ''}: {', '.join(hints)}."
            )
    for key in dataclasses.fields(cls):
        place = _join(where, key.name)
        if key.name in raw:
            for nested in _nested(hints[key.name], raw[key.name], place):
                _check_keys(*nested, source)
        elif key.default is dataclasses.MISSING:
            raise ConfigError(f"{source}: key {place!r} is missing. Add `{place}: ...`.")


def _nested(kind: Any, value: Any, where: str) -> list[tuple[Any, Any, str]]:
    """(dataclass, raw value, place) of what a field holds: one, a list of them, or nothing."""
    if dataclasses.is_dataclass(kind):
        return [(kind, value, where)]
    if get_origin(kind) is tuple and dataclasses.is_dataclass(get_args(kind)[0]):
        inner = get_args(kind)[0]
        if isinstance(value, list | tuple):
            return [(inner, item, f"{where}.{place}") for place, item in enumerate(value)]
        return [(inner, value, where)]  # One source of data may stand alone.
    return []


def _build(cls: Any, raw: Any, where: str, source: str) -> Any:
    hints = get_type_hints(cls)
    values = {}
    for key in dataclasses.fields(cls):
        if key.name in (raw or {}):
            place = _join(where, key.name)
            value = _convert(raw[key.name], hints[key.name], place, source)
            _check_range(value, key.metadata, place, source)
            values[key.name] = value
    return cls(**values)


def dump(value: Any) -> str:
    """A dataclass as JSON text with sorted keys: how config crosses into TFX."""
    return json.dumps(dataclasses.asdict(value), sort_keys=True)


def load(cls: type[T], text: str) -> T:
    """Rebuild what `dump` wrote."""
    return build(cls, json.loads(text), source=cls.__name__)


def _join(where: str, key: object) -> str:
    return f"{where}.{key}" if where else str(key)


def _convert(value: Any, kind: Any, where: str, source: str) -> Any:
    """`value` as `kind`, or ConfigError."""
    if nested := _nested(kind, value, where):
        built = tuple(_build(inner, item, place, source) for inner, item, place in nested)
        return built if get_origin(kind) is tuple else built[0]
    for choice in _choices(kind):
        matches, converted = _match(value, choice)
        if matches:
            return converted
    raise ConfigError(
        f"{source}: {where} is {value!r}, expected {_describe(kind)}.{_hint(value, kind)}"
    )


def _hint(value: Any, kind: Any) -> str:
    if isinstance(value, str) and _looks_like_number(value):
        # Else `3` in quotes, whose mend is plain to see.
        return " (YAML reads 1e-3 as text: write 1.0e-3.)" if "e" in value.lower() else ""
    if any(_match([value], choice)[0] for choice in _choices(kind)):
        return f" Write [{value}]."
    return ""


def _choices(kind: Any) -> tuple[Any, ...]:
    return get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)


def _match(value: Any, kind: Any) -> tuple[bool, Any]:
    """Whether `value` is of the simple type `kind`, and the value to keep."""
    if get_origin(kind) is Literal:
        return value in get_args(kind) and not isinstance(value, bool), value
    if get_origin(kind) is tuple:
        return _match_items(value, get_args(kind)[0])
    if kind is float:
        fits = isinstance(value, int | float) and not isinstance(value, bool)
        return fits, _to_float(value) if fits else None
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool), value
    return isinstance(value, kind), value


def _to_float(value: float) -> float:
    """As a float; a whole number beyond all floats becomes infinite, so out of every range."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _match_items(value: Any, kind: Any) -> tuple[bool, Any]:
    if not isinstance(value, list | tuple):
        return False, None
    matched = [
        [found for found in (_match(item, choice) for choice in _choices(kind)) if found[0]]
        for item in value
    ]
    return all(matched), tuple(found[0][1] for found in matched if found)


def _looks_like_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _describe(kind: Any) -> str:
    names = {str: "text", int: "a whole number", float: "a number", types.NoneType: "null"}
    if get_origin(kind) is Literal:
        return " or ".join(repr(choice) for choice in get_args(kind))
    if get_origin(kind) is tuple:
        return f"a list, each {_describe(get_args(kind)[0])}"
    if len(_choices(kind)) > 1:
        return " or ".join(_describe(choice) for choice in _choices(kind))
    return names.get(kind, str(kind))


def _check_range(value: Any, bounds: Any, where: str, source: str) -> None:
    low, high = bounds.get("low"), bounds.get("high")
    if low is not None and isinstance(value, tuple):
        for place, item in enumerate(value):
            _check_range(item, bounds, _join(where, place), source)
    if low is None or not isinstance(value, int | float):
        return
    # Written so that nan, which compares with nothing, is out of range.
    if not (low <= value and (high is None or value <= high)):
        expected = f"{low} or more" if high is None else f"from {low} to {high}"
        raise ConfigError(f"{source}: {where} is {value!r}, expected a number {expected}.")


def number(default: float | None, low: float, high: float | None = None) -> Any:
    """A field with a number in [low, high]; no `high`: without end."""
    return field(default=default, metadata={"low": low, "high": high})


def numbers(low: float, high: float | None = None) -> Any:
    """A field with a list of numbers, each in [low, high]; empty unless it is set."""
    return field(default=(), metadata={"low": low, "high": high})


def nearest(name: str, known: Iterable[str]) -> str:
    """` (did you mean 'x'?)`, or nothing where no known name is near."""
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f" (did you mean {found[0]!r}?)" if found else ""
