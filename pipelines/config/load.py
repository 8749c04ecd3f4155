"""Reads a config from a YAML file and overrides.

Order of the checks: syntax, keys, types and ranges, names of labels. `pipelines.config.checks` has
the checks of a run; output, labels and images are checked by the commands that use them.
"""

import dataclasses
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from pipelines.config.checks import check_label_config
from pipelines.config.custom_tables import embed_tables, is_file
from pipelines.config.parsing import build
from schemas.config.blocks import Config
from schemas.config.train import WEIGHT_WORDS
from schemas.errors import ConfigError

# Keys that hold paths, by block.
_PATHS = {"data": ("labels", "images"), "train": ("weights", "start_from"), "beam": ("job_server",)}
_KEYWORDS = {"weights": WEIGHT_WORDS}  # Values of these keys that are no paths.
_TABLES = ("policy", "classes")  # Keys of `labels` that may hold the path of a custom table.


class _Loader(yaml.SafeLoader):
    """Safe YAML loader that refuses duplicate keys; PyYAML keeps the last."""

    def compose_mapping_node(self, anchor: Any) -> Any:
        node = super().compose_mapping_node(anchor)
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if (key.tag, key.value) in seen:
                    line = key.start_mark.line + 1
                    raise ConfigError(f"line {line}: duplicate key {key.value!r}")
                seen.add((key.tag, key.value))
        return node


# Errors of PyYAML on invalid text: its own, those of its conversions (`2024-13-01` is read as a
# date), and that of brackets nested too deep.
_YAML_ERRORS = (yaml.YAMLError, ValueError, AttributeError, RecursionError)


def read_config(
    path: Path, overrides: Iterable[str] = (), *, base: Path | None = None, resolve: bool = True
) -> Config:
    """Read one config.

    Args:
      path: the YAML file.
      overrides: `key.sub=value`; the value is YAML.
      base: folder that the file's paths are relative to; by default the file's own.
        Overrides are relative to the current folder.
      resolve: make paths absolute; False for paths of a container.

    Raises:
      ConfigError: with the file or override, the value, the expectation, and the fix.
    """
    raw = load_yaml(path)
    folder = base if base is not None else path.parent
    _resolve_tables(raw.get("labels"), folder)
    if resolve:
        _resolve_paths(raw, folder)
    for override in overrides:
        _override(raw, override, resolve=resolve)
    config = build(Config, raw, source=str(path))
    check_label_config(config)
    return dataclasses.replace(config, labels=embed_tables(config.labels, load_yaml))


def load_yaml(path: Path, keys: str = "`name:` and `data:`") -> dict[str, Any]:
    """The mapping of a YAML file. Raises ConfigError, which lists `keys`, if there is none."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read the config {path}: {error}. Give a YAML file.") from error
    try:
        raw = yaml.load(text, _Loader)
    except _YAML_ERRORS as error:
        raise ConfigError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    except ConfigError as error:
        raise ConfigError(f"{path}, {error}. Keep one of them.") from error
    if not isinstance(raw, dict):
        raise ConfigError(f"{path} holds {type(raw).__name__}, expected a mapping with {keys}.")
    return raw


def _resolve_paths(raw: dict[str, Any], base: Path) -> None:
    """Make the paths of _PATHS absolute: a run changes the current folder."""
    for block, keys in _PATHS.items():
        content = raw.get(block)
        for item in content if isinstance(content, list) else [content]:
            for key in keys:
                if isinstance(item, dict) and _is_path(key, item.get(key)):
                    item[key] = _resolved(item[key], base)


def _is_path(key: str, value: Any) -> bool:
    """Whether the value of a key of _PATHS is a path."""
    return isinstance(value, str) and value not in _KEYWORDS.get(key, ())


def _resolve_tables(labels: Any, base: Path) -> None:
    """Make the paths of a custom policy and class table absolute; they are always local."""
    for key in _TABLES:
        if isinstance(labels, dict) and isinstance(labels.get(key), str) and is_file(labels[key]):
            labels[key] = _resolved(labels[key], base)


def _resolved(path: str, base: Path) -> str:
    """The absolute path; a URI is unchanged."""
    return path if "://" in path else str((base / os.path.expanduser(path)).absolute())


def _override(raw: dict[str, Any], override: str, *, resolve: bool) -> None:
    """Set one `key.sub=value` in the raw mapping."""
    dotted, _, text = override.partition("=")
    keys = dotted.split(".")
    try:
        value = yaml.load(text, _Loader)
    except (*_YAML_ERRORS, ConfigError) as error:
        raise ConfigError(f"{override!r}: the value is not YAML. Write {dotted}=VALUE.") from error
    if resolve:
        value = _resolved_value(keys, value)
    if keys[0] == "labels":
        labels = {keys[-1]: value} if len(keys) > 1 else value
        _resolve_tables(labels, Path.cwd())
        value = labels[keys[-1]] if len(keys) > 1 else labels
    if keys[0] == "data" and len(keys) > 1 and keys[1].isdecimal():
        raw["data"] = raw["data"] if isinstance(raw.get("data"), list) else [raw.get("data")]
    _set(raw, keys, value, override)


def _resolved_value(keys: list[str], value: Any) -> Any:
    """The value of an override, with its paths relative to the current folder."""
    known = _PATHS.get(keys[0], ())
    if keys[-1] in known and _is_path(keys[-1], value):
        return _resolved(value, Path.cwd())
    _resolve_paths({keys[0]: value}, Path.cwd())
    return value


def _set(raw: dict[str, Any], keys: list[str], value: Any, override: str) -> None:
    parent: Any = raw
    for key in keys[:-1]:
        if isinstance(parent, dict) and parent.get(key) is None:
            parent[key] = {}
        parent = parent[_index(parent, key, override) if isinstance(parent, list) else key]
        if not isinstance(parent, dict | list):
            raise ConfigError(f"{override!r}: {key!r} is {parent!r} and has no keys below it.")
    key = keys[-1]
    parent[_index(parent, key, override) if isinstance(parent, list) else key] = value


def _index(items: list[Any], key: str, override: str) -> int:
    if not key.isdecimal() or int(key) >= len(items):
        expected = f"a number from 0 to {len(items) - 1}" if items else "none: the list is empty"
        raise ConfigError(f"{override!r}: {key!r} names no item, expected {expected}.")
    return int(key)
