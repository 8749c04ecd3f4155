"""Reads a config from YAML and overriding words, and says what is wrong with it.

Order of the checks: syntax, keys, types and ranges, names. What needs the disk (output, labels,
images) is checked where it is used.
"""

import dataclasses
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from schemas.classes import AGE_TABLES, TARGETS
from schemas.config import Config, DataConfig
from schemas.errors import ConfigError
from schemas.labels import POLICIES
from schemas.own import embed_tables, is_own
from schemas.suggest import nearest
from schemas.typed import build
from schemas.zoo import MODELS

# Columns that a slice may name: see FEATURES in schemas/features.py.
SLICE_COLUMNS = ("fold", "gender", "age", "race")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_DATA_PATHS = ("labels", "images")
_TRAIN_PATHS = ("weights",)
_OWN_TABLES = ("policy", "classes")


class _Loader(yaml.SafeLoader):
    """Safe YAML in which a key that stands twice is an error, where plain YAML keeps the last."""

    def compose_mapping_node(self, anchor: Any) -> Any:
        node = super().compose_mapping_node(anchor)
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if (key.tag, key.value) in seen:
                    line = key.start_mark.line + 1
                    raise ConfigError(f"line {line}: key {key.value!r} stands twice")
                seen.add((key.tag, key.value))
        return node


# What PyYAML raises on a bad text: beside its own errors those of the conversions that it calls
# (`2024-13-01` is read as a date), and the one of brackets nested too deep.
_YAML_ERRORS = (yaml.YAMLError, ValueError, AttributeError, RecursionError)


def read_config(
    path: Path, words: Iterable[str] = (), *, base: Path | None = None, resolve: bool = True
) -> Config:
    """Read one config.

    Args:
      path: the YAML file.
      words: overrides, `key.sub=value`; the value is YAML.
      base: folder that the file's paths are relative to; by default the file's own.
        Overrides are relative to the current folder.
      resolve: make paths absolute; a cluster's stay as they are written.

    Raises:
      ConfigError: with the file or word, what came, what was expected, and the mend.
    """
    raw = load_yaml(path)
    folder = base if base is not None else path.parent
    _resolve_tables(raw.get("labels"), folder)
    if resolve:
        _resolve_paths(raw, folder)
    for word in words:
        _override(raw, word, resolve=resolve)
    config = build(Config, raw, source=str(path))
    _check_names(config)
    return dataclasses.replace(config, labels=embed_tables(config.labels, load_yaml))


def load_yaml(path: Path, keys: str = "`name:` and `data:`") -> dict[str, Any]:
    """The mapping of a YAML file, with `keys` in it. Raises ConfigError where there is none."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read the config {path}: {error}. Give a YAML file.") from error
    try:
        raw = yaml.load(text, _Loader)
    except _YAML_ERRORS as error:
        raise ConfigError(f"{path} is no YAML: {' '.join(str(error).split())}") from error
    except ConfigError as error:
        raise ConfigError(f"{path}, {error}. Keep one of them.") from error
    if not isinstance(raw, dict):
        raise ConfigError(f"{path} holds {type(raw).__name__}, expected a mapping with {keys}.")
    return raw


def _resolve_paths(raw: dict[str, Any], base: Path) -> None:
    """Make `data.*` and `train.weights` absolute: a run works in its own folder."""
    data = raw.get("data")
    places = [(source, _DATA_PATHS) for source in (data if isinstance(data, list) else [data])]
    for place, keys in [*places, (raw.get("train"), _TRAIN_PATHS)]:
        for key in keys:
            if isinstance(place, dict) and isinstance(place.get(key), str):
                place[key] = _resolved(place[key], base)


def _resolve_tables(labels: Any, base: Path) -> None:
    """Make the paths of a user's policy and class table absolute: they are read here and now."""
    for key in _OWN_TABLES:
        if isinstance(labels, dict) and isinstance(labels.get(key), str) and is_own(labels[key]):
            labels[key] = _resolved(labels[key], base)


def _resolved(path: str, base: Path) -> str:
    """The absolute form of a path; a URI stays as it is."""
    return path if "://" in path else str((base / os.path.expanduser(path)).absolute())


def _override(raw: dict[str, Any], word: str, *, resolve: bool) -> None:
    """Set one `key.sub=value` in the raw mapping."""
    dotted, _, text = word.partition("=")
    keys = dotted.split(".")
    try:
        value = yaml.load(text, _Loader)
    except (*_YAML_ERRORS, ConfigError) as error:
        raise ConfigError(f"{word!r}: the value is no YAML. Write {dotted}=VALUE.") from error
    if resolve:
        value = _resolved_value(keys, value)
    if keys[0] == "labels":
        owned = {keys[-1]: value} if len(keys) > 1 else value
        _resolve_tables(owned, Path.cwd())
        value = owned[keys[-1]] if len(keys) > 1 else owned
    if keys[0] == "data" and len(keys) > 1 and keys[1].isdecimal():
        raw["data"] = raw["data"] if isinstance(raw.get("data"), list) else [raw.get("data")]
    _set(raw, keys, value, word)


def _resolved_value(keys: list[str], value: Any) -> Any:
    """An override's value with its paths, if it holds any, relative to the current folder."""
    known = {"data": _DATA_PATHS, "train": _TRAIN_PATHS}.get(keys[0], ())
    if keys[-1] in known and isinstance(value, str):
        return _resolved(value, Path.cwd())
    _resolve_paths({keys[0]: value}, Path.cwd())
    return value


def _set(raw: dict[str, Any], keys: list[str], value: Any, word: str) -> None:
    place: Any = raw
    for key in keys[:-1]:
        place = _item(place, key, word) if isinstance(place, list) else place.setdefault(key, {})
        if not isinstance(place, dict | list):
            raise ConfigError(f"{word!r}: {key!r} is {place!r} and has no keys below it.")
    if isinstance(place, list):
        _item(place, keys[-1], word)
        place[int(keys[-1])] = value
    else:
        place[keys[-1]] = value


def _item(place: list[Any], key: str, word: str) -> Any:
    if not key.isdecimal() or int(key) >= len(place):
        expected = f"a number from 0 to {len(place) - 1}" if place else "none: the list is empty"
        raise ConfigError(f"{word!r}: {key!r} names no item, expected {expected}.")
    return place[int(key)]


def _check_names(config: Config) -> None:
    """Names that must stand in a table, and what follows from them."""
    if not _NAME.fullmatch(config.name):
        raise ConfigError(
            f"name is {config.name!r}, expected letters, digits, '.', '_' and '-': "
            "it names the run folder."
        )
    for key, name, table in (
        ("train.model", config.train.model, MODELS),
        ("labels.policy", config.labels.policy, POLICIES),
        ("labels.target", config.labels.target, TARGETS),
        ("labels.classes", config.labels.classes, AGE_TABLES),
    ):
        if not (table in (POLICIES, AGE_TABLES) and is_own(name)):
            check_name(key, name, table)
    for group in config.evaluate.slices:
        for column in (group,) if isinstance(group, str) else group:
            check_name("evaluate.slices", column, SLICE_COLUMNS)
    _check_data(config)
    smallest = MODELS[config.train.model].min_side
    if config.images.side < smallest:
        raise ConfigError(
            f"images.side is {config.images.side}, but model {config.train.model} takes sides "
            f"from {smallest} on: raise images.side, or choose another train.model."
        )


# Keys of `data` that only one data set reads: to set one for another is a mistake.
_ONLY = {"faces": "adience", "splits": "levi_hassner", "columns": "csv", "delimiter": "csv"}


def _check_data(config: Config) -> None:
    if not config.data:
        raise ConfigError("data is an empty list, expected at least one source of faces.")
    for source in config.data:
        _check_source(source)


def _check_source(source: DataConfig) -> None:
    for field in dataclasses.fields(source):
        owner = _ONLY.get(field.name, source.dataset)
        if owner != source.dataset and getattr(source, field.name) != field.default:
            raise ConfigError(
                f"data.{field.name} is set for dataset {source.dataset}, expected it for {owner} "
                "alone; remove the key."
            )
    if source.dataset == "csv" and not source.columns.path:
        raise ConfigError(
            "data.columns.path is missing: a csv source names the column of its images. "
            "Add `columns: {path: ..., age: ..., gender: ...}`."
        )
    if len(source.delimiter) != 1 or source.delimiter in '"\r\n':
        raise ConfigError(f"data.delimiter is {source.delimiter!r}, expected one character.")


def check_name(key: str, name: str, known: Iterable[str]) -> None:
    """Raise ConfigError, with the nearest name, if `name` is none of `known`."""
    names = sorted(known)
    if name not in names:
        raise ConfigError(f"{key} is {name!r}{nearest(name, names)}. Known: {', '.join(names)}.")
