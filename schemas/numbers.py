"""Numbers of the config with their bounds, which `schemas.typed` checks."""

from dataclasses import field
from typing import Any


def number(default: float | None, low: float, high: float | None = None) -> Any:
    """A field with a number in [low, high]; no `high`: without end."""
    return field(default=default, metadata={"low": low, "high": high})


def numbers(low: float, high: float | None = None) -> Any:
    """A field with a list of numbers, each in [low, high]; empty unless it is set."""
    return field(default=(), metadata={"low": low, "high": high})
