"""Reads a config from a YAML file and overrides.

Order of the checks: syntax, keys, types and ranges, names of labels. `pipelines.config.checks` has
the checks of a run; output, labels and images are checked by the commands that use them.
"""

import dataclasses
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pipelines.config.checks import check_label_config
from pipelines.config.custom_tables import embed_tables, is_file
from pipelines.config.parsing import YAML_ERRORS, build, load_yaml, parse_yaml
from schemas.config.blocks import Config
from schemas.config.train import WEIGHT_WORDS
from schemas.errors import ConfigError

# Keys that hold paths, by block.
_PATHS = {
    "data": ("labels", "images"),
    "images": ("link_roots",),
    "train": ("weights", "start_from"),
    "beam": ("job_server",),
}
_KEYWORDS = {"weights": WEIGHT_WORDS}  # Values of these keys that are no paths.
# Keys that may hold the path of a custom table, which is always local.
_TABLES = {"labels": ("policy", "classes", "vocabulary")}


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
    _resolve(raw, folder, resolve=resolve)
    for override in overrides:
        _override(raw, override, resolve=resolve)
    config = build(Config, raw, source=str(path))
    check_label_config(config)
    return dataclasses.replace(config, labels=embed_tables(config.labels))


def _resolve(raw: dict[str, Any], base: Path, *, resolve: bool) -> None:
    """Make paths absolute, as a run changes the current folder; without `resolve` only _TABLES."""
    for block, keys in (_TABLES | _PATHS if resolve else _TABLES).items():
        content = raw.get(block)
        for item in content if isinstance(content, list) else [content]:
            for key in keys:
                if isinstance(item, dict):
                    _resolve_key(item, block, key, base)


def _resolve_key(item: dict[str, Any], block: str, key: str, base: Path) -> None:
    """Make the path, or each path of the list, of one key absolute."""

    def absolute(value: Any) -> Any:
        if not _is_local(block, key, value):
            return value
        return str((base / os.path.expanduser(value)).absolute())

    if key in item:
        value = item[key]
        item[key] = list(map(absolute, value)) if isinstance(value, list) else absolute(value)


def _is_local(block: str, key: str, value: Any) -> bool:
    """Whether the value of a key of _PATHS or _TABLES is a path, and not a URI."""
    if not isinstance(value, str) or "://" in value:
        return False
    if key == "job_server":
        return value.endswith(".jar")  # Else an address.
    return is_file(value) if block in _TABLES else value not in _KEYWORDS.get(key, ())


def _override(raw: dict[str, Any], override: str, *, resolve: bool) -> None:
    """Set one `key.sub=value` in the raw mapping."""
    dotted, _, text = override.partition("=")
    keys = dotted.split(".")
    try:
        value = parse_yaml(text)
    except (*YAML_ERRORS, ConfigError) as error:
        raise ConfigError(f"{override!r}: the value is not YAML. Write {dotted}=VALUE.") from error
    holder = {keys[-1]: value}
    of_paths = isinstance(value, list) and len(keys) > 1
    block = value if isinstance(value, dict | list) and not of_paths else holder
    _resolve({keys[0]: block}, Path.cwd(), resolve=resolve)
    if keys[0] == "data" and len(keys) > 1 and keys[1].isdecimal():
        raw["data"] = raw["data"] if isinstance(raw.get("data"), list) else [raw.get("data")]
    _set(raw, keys, holder[keys[-1]], override)


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
