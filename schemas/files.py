"""Files that are either whole or absent, and JSON files that are checked when read."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from schemas.errors import ConfigError


@contextmanager
def name_in_errors(path: str | Path) -> Iterator[None]:
    """Name `path` in an OSError that names no file, such as that of a write to a full disk."""
    try:
        yield
    except OSError as error:
        if error.filename is None and error.errno is not None:
            error.filename = str(path)
        raise


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """A temporary path beside `path`: renamed to it at the end, removed after an error.

    The name holds the process number: processes without a common lock may write the same file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        with name_in_errors(path):
            yield unfinished
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def atomic_write(path: Path, text: str) -> None:
    """Write a UTF-8 file, whole or not at all."""
    with atomic_path(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8")


def read_json(path: Path, key: str) -> dict[str, Any]:
    """A JSON object that holds `key`. Raises ConfigError if the file is damaged."""
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        content[key]
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f"{path} is damaged, expected a JSON object with {key!r}. "
            "Remove it and run `facefold run` again; unchanged steps are reused."
        ) from error
    return content
