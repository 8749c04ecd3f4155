"""Reads YAML, and builds blocks of the config; pydantic checks them, and this module reports.

Only the first error is reported: unknown keys come before missing ones, these before wrong types
and ranges.
"""

import json
import re
from dataclasses import fields, is_dataclass
from datetime import date
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import yaml
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from pipelines.config.known_names import did_you_mean
from schemas.config.serialization import Block
from schemas.errors import ConfigError
from schemas.files import is_plain_text, read_regular_text

T = TypeVar("T", bound=Block)

_YAML_WORDS = {True: "on", False: "off"}  # YAML reads these words, unquoted, as booleans.
MAX_BYTES = 300_000  # Of a YAML file; PyYAML reads 100 KB in about a second.
MAX_VALUES = 50_000  # Of a YAML file, keys included; a class table has some tens.
_EXPONENT = re.compile(r"[-+]?[0-9.]+[eE][-+]?[0-9]+")
_KEY_ERRORS = ("unexpected_keyword_argument", "missing", "dataclass_type")
_NAMES = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    NoneType: "null",
}


class _Loader(yaml.SafeLoader):
    """Safe YAML loader that refuses duplicate keys; PyYAML keeps the last."""

    def compose_mapping_node(self, anchor: Any) -> Any:
        node = super().compose_mapping_node(anchor)
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if (key.tag, key.value) in seen:
                    line = key.start_mark.line + 1
                    raise ConfigError(f"line {line}: duplicate key {key.value!r}. Keep one of them")
                seen.add((key.tag, key.value))
        return node


# Errors of PyYAML on invalid text: its own, those of its conversions (`2024-13-01` is read as a
# date), and that of brackets nested too deep.
YAML_ERRORS = (yaml.YAMLError, ValueError, AttributeError, RecursionError)


def parse_yaml(text: str) -> Any:
    """The content of a YAML text.

    Raises:
      ConfigError: a duplicate key, or aliases that unfold to too many values.
      Exception: one of YAML_ERRORS.
    """
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        _check_size(node)
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _check_size(root: yaml.Node) -> None:
    """Raise ConfigError if the document is too large with every alias written out.

    Aliases of aliases unfold to billions of values in a few lines.
    """
    sizes: dict[int, int] = {}  # Of the nodes, by id; 0 while a node is being counted.

    def size(node: yaml.Node) -> int:
        if id(node) in sizes:
            return sizes[id(node)]
        sizes[id(node)] = 0
        children = node.value if isinstance(node, yaml.CollectionNode) else ()
        parts = (part for child in children for part in _parts(child))
        sizes[id(node)] = 1 + sum(map(size, parts))
        return sizes[id(node)]

    if size(root) > MAX_VALUES:
        raise ConfigError(
            f"line {root.start_mark.line + 1}: holds {size(root):,} values with every alias "
            f"written out, expected at most {MAX_VALUES:,}"
        )


def _parts(child: yaml.Node | tuple[yaml.Node, yaml.Node]) -> tuple[yaml.Node, ...]:
    """An item of a list, or key and value of a mapping."""
    return child if isinstance(child, tuple) else (child,)


def load_yaml(path: Path, keys: str = "`name:` and `data:`") -> dict[str, Any]:
    """The mapping of a YAML file. Raises ConfigError, which lists `keys`, if there is none."""
    try:
        text = read_regular_text(path, MAX_BYTES)
    except (OSError, ValueError) as error:
        cause = error.strerror if isinstance(error, OSError) else error
        raise ConfigError(f"cannot read the config {path}: {cause}. Give a YAML file.") from error
    try:
        raw = parse_yaml(text)
    except YAML_ERRORS as error:
        raise ConfigError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    except ConfigError as error:
        raise ConfigError(f"{path}, {error}.") from error
    if not isinstance(raw, dict):
        raise ConfigError(f"{path} holds {type(raw).__name__}, expected a mapping with {keys}.")
    return raw


def build(cls: type[T], raw: Any, *, source: str) -> T:
    """Build a block from the values of a YAML file.

    An empty block means its defaults, and one mapping stands for a list of one.

    Raises:
      ConfigError: an unknown or missing key, a wrong type, a text that is not UTF-8 or a number
        out of range in `source`.
    """
    try:
        _check_text(raw, "")
    except ConfigError as error:
        raise ConfigError(f"{source}: {error}") from error
    except RecursionError:
        pass  # An alias inside its anchor, reported below.
    try:
        text = json.dumps(_plain(raw, cls), ensure_ascii=False).encode()
    except (RecursionError, ValueError) as error:
        raise ConfigError(
            f"{source} is no config: {error}. Write plain values, and no alias inside its anchor."
        ) from error
    try:
        return TypeAdapter(cls).validate_json(text)
    except ValidationError as error:
        raise ConfigError(f"{source}: {_message(cls, raw, error)}") from error


def _check_text(value: Any, place: str) -> None:
    """Raise ConfigError for a text with a NUL or a lone surrogate, which no path may hold."""
    if isinstance(value, dict):
        for key, item in value.items():
            _check_text(key, f"a key of {place or 'the config'}")
            _check_text(item, f"{place}.{key}".lstrip("."))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            _check_text(item, f"{place}.{number}".lstrip("."))
    elif isinstance(value, str) and not is_plain_text(value):
        raise ConfigError(f"{place} is {value!r}, expected UTF-8 text without NUL.")


def _plain(value: Any, kind: Any) -> Any:
    """The value as JSON, with empty blocks filled and a lone block in a list."""
    if value is None and (is_dataclass(kind) or get_origin(kind) is dict):
        return {}
    if (block := _block_of_list(kind)) and not isinstance(value, list):
        return [_plain(value, block)]
    if isinstance(value, dict):
        hints = _hints(kind) if is_dataclass(kind) else {}
        named = get_args(kind)[1] if get_origin(kind) is dict else None
        return {str(key): _plain(item, hints.get(key, named)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, _block_of_list(kind)) for item in value]
    word = _YAML_WORDS.get(value) if isinstance(value, bool) else None
    if word is not None and get_origin(kind) is Literal and word in get_args(kind):
        return word
    # A date or the like, which only YAML has: replaced by a value that fits no key.
    return value if value is None or isinstance(value, str | int | float) else [[[]]]


def _block_of_list(kind: Any) -> Any:
    """The block of which a key takes a list, if it does."""
    item = get_args(kind)[0] if get_origin(kind) is tuple else None
    return item if is_dataclass(item) else None


def _hints(block: Any) -> dict[str, Any]:
    return get_type_hints(block, include_extras=True)


def _message(cls: Any, raw: Any, error: ValidationError) -> str:
    """The first error: its place, the value, the expected type, and the fix."""
    errors = error.errors(include_url=False, include_context=False)
    first = next(
        (item for kind in _KEY_ERRORS for item in errors if item["type"] == kind), errors[0]
    )
    if first["type"] in _KEY_ERRORS[:2]:
        return _key_message(cls, raw, first)
    place, value, kind = _locate(cls, raw, first["loc"])
    return f"{place} is {value!r}, expected {_describe(kind)}.{_hint(value, kind)}"


def _key_message(cls: Any, raw: Any, error: ErrorDetails) -> str:
    block, _, kind = _locate(cls, raw, error["loc"][:-1])
    key = str(error["loc"][-1])
    place = f"{block}.{key}" if block else key
    if error["type"] == "missing":
        return f"key {place!r} is missing. Add `{place}: ...`."
    known = [field.name for field in fields(kind)]
    of_block = f" of {block}" if block else ""
    suggestion = did_you_mean(key, known)
    return f"unknown key {place!r}{suggestion}. Known keys{of_block}: {', '.join(known)}."


def _locate(cls: Any, raw: Any, loc: tuple[str | int, ...]) -> tuple[str, Any, Any]:
    """(dotted place, raw value, type) of an error; a choice of a union is no place of its own."""
    place: list[str] = []
    value, kind = raw, cls
    for step in loc:
        if isinstance(step, str) and is_dataclass(kind) and isinstance(value, dict | None):
            value, kind = (value or {}).get(step), _hints(kind)[step]
        elif isinstance(step, int) and get_origin(kind) is tuple:
            kind = get_args(kind)[0]
            if not isinstance(value, list | tuple):
                continue
            value = value[step]
        elif isinstance(step, str) and get_origin(kind) is dict:
            value, kind = value[step], get_args(kind)[1]
        else:
            break
        place.append(str(step))
    return ".".join(place), value, kind


def _describe(kind: Any) -> str:
    """The type in words, such as `a list, each a whole number from 1 to 16`."""
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Annotated:
        low, high = parts[1].ge, parts[1].le
        limits = f", {low} or more" if high is None else f" from {low} to {high}"
        return _describe(parts[0]) + limits
    if origin is Literal:
        return " or ".join(map(repr, parts))
    if origin is tuple:
        return f"a list, each {_describe(parts[0])}"
    if origin is dict:
        return f"a mapping of names, each {_describe(parts[1])}"
    if origin in (Union, UnionType):
        return " or ".join(map(_describe, parts))
    return _NAMES.get(kind, "a mapping of keys")


def _hint(value: Any, kind: Any) -> str:
    """How to write the value so that it fits, where that is known."""
    if isinstance(value, int | float | date) and _fits('"text"', kind):
        return " Write it in quotes."
    if isinstance(value, str) and _EXPONENT.fullmatch(value):
        return " (YAML reads 1e-3 as text: write 1.0e-3.)"
    if isinstance(value, str) and _fits(value, kind):
        return f" Write {value} without quotes."
    if isinstance(value, str | int | float) and _fits(json.dumps([value]), kind):
        return f" Write [{value}]."
    return ""


def _fits(text: str, kind: Any) -> bool:
    """Whether JSON text is a value of the type."""
    config = None if is_dataclass(kind) else ConfigDict(strict=True)
    try:
        TypeAdapter(kind, config=config).validate_json(text)
    except ValidationError:
        return False
    return True
