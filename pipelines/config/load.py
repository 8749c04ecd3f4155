"""Reads a config from YAML and overriding words, and says what is wrong with it.

Order of the checks: syntax, keys, types and ranges, names of labels. Names that only a run needs
are in `pipelines.config.checks`; what needs the disk (output, labels, images) is
checked where it is used.
"""

import dataclasses
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from pipelines.config.checks import check_label_config
from pipelines.config.custom_tables import embed_tables, is_file
from pipelines.config.validation import build
from schemas.config.blocks import Config
from schemas.config.train import WEIGHT_WORDS
from schemas.errors import ConfigError

# Block to its keys that are paths.
_PATHS = {"data": ("labels", "images"), "train": ("weights", "start_from"), "beam": ("job_server",)}
_WORDS = {"weights": WEIGHT_WORDS}  # Values of such keys that are no paths.
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
    check_label_config(config)
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
    """Make the paths of _PATHS absolute: a run works in its own folder."""
    for block, keys in _PATHS.items():
        found = raw.get(block)
        for place in found if isinstance(found, list) else [found]:
            for key in keys:
                if isinstance(place, dict) and _is_path(key, place.get(key)):
                    place[key] = _resolved(place[key], base)


def _is_path(key: str, value: Any) -> bool:
    """Whether the value of a key that takes paths is one."""
    return isinstance(value, str) and value not in _WORDS.get(key, ())


def _resolve_tables(labels: Any, base: Path) -> None:
    """Make the paths of a user's policy and class table absolute: they are read here and now."""
    for key in _OWN_TABLES:
        if isinstance(labels, dict) and isinstance(labels.get(key), str) and is_file(labels[key]):
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
    known = _PATHS.get(keys[0], ())
    if keys[-1] in known and _is_path(keys[-1], value):
        return _resolved(value, Path.cwd())
    _resolve_paths({keys[0]: value}, Path.cwd())
    return value


def _set(raw: dict[str, Any], keys: list[str], value: Any, word: str) -> None:
    place: Any = raw
    for key in keys[:-1]:
        if isinstance(place, dict) and place.get(key) is None:
            place[key] = {}
        place = _item(place, key, word) if isinstance(place, list) else place[key]
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
