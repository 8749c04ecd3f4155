"""Text form of config blocks: how they cross into TFX and back."""

import dataclasses
import json
from typing import Any, ClassVar, TypeVar


class Block:
    """Base of every block of the config: exact types, no unknown keys, finite numbers."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {
        "strict": True,
        "extra": "forbid",
        "allow_inf_nan": False,
    }


T = TypeVar("T", bound=Block)


def dump(block: Any) -> str:
    """A block as JSON text with sorted keys."""
    return json.dumps(dataclasses.asdict(block), sort_keys=True)


def one_line(value: dict[str, Any]) -> str:
    """The content of a user's table as JSON text with sorted keys."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def load(cls: type[T], text: str) -> T:
    """Rebuild the block that `dump` wrote. Raises pydantic.ValidationError on any other text."""
    from pydantic import TypeAdapter

    return TypeAdapter(cls).validate_json(text)
