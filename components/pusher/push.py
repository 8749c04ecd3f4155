"""The serving folder: an integer version per pushed model, written atomically."""

import json
import os
from collections.abc import Iterator
from typing import Any, NamedTuple

import xxhash

from schemas.artifact_files import PUSHED_FILE
from schemas.files import removed_on_error, write_whole

_BLOCK_BYTES = 1 << 20

Files = dict[str, list[Any]]  # Name of each file of a version: its bytes and its xxh3_128.


class PushedVersion(NamedTuple):
    """A version in the serving folder; the content of PUSHED_FILE."""

    version: str | None  # Its folder; None after a refusal.
    files: Files  # As they were pushed.
    why_not: str = ""  # After a refusal.


def newest_version(names: list[str]) -> int:
    """The largest integer among the folder's names, which TF Serving serves; 0 without any."""
    numbers = (name.rstrip("/") for name in names)
    return max((int(number) for number in numbers if number.isdecimal()), default=0)


def is_current(pushed: str, files: Any) -> bool:
    """Whether a Pusher's output names the version that is served, or none because of a refusal.

    Every file must be as it was pushed. Files that were added do not count: TF Serving reads
    warm-up requests from the version's folder.

    Args:
      pushed: folder of the output.
      files: tfx.dsl.io.fileio, or another object with `open`, `exists`, `isdir` and `listdir`.
    """
    with files.open(os.path.join(pushed, PUSHED_FILE)) as file:
        last = PushedVersion(**json.loads(file.read()))
    if last.version is None:
        return True
    directory, name = os.path.split(last.version)
    return (
        files.isdir(last.version)
        and newest_version(files.listdir(directory)) == int(name)
        and _is_intact(last.version, last.files, files)
    )


def current_version(model: str, directory: str, files: Any) -> str | None:
    """The newest version of `directory`, if it holds the files of this SavedModel."""
    if not files.exists(directory):
        return None
    return _newest_with(_content(model, files), directory, files)


def write_beside(version: str, name: str, text: str, files: Any) -> None:
    """Write a file beside those of a version, which stays the same version."""
    path = os.path.join(version, name)
    files.makedirs(os.path.dirname(path))
    write_whole(path, text, files)


def push(model: str, directory: str, owner: str, files: Any) -> PushedVersion:
    """Copy a SavedModel to the next version of `directory`, under a temporary name first.

    If the newest version holds these files already, it stays the newest: the process was killed
    between the push and its record.

    Args:
      model: folder of the SavedModel.
      directory: local path or URI.
      owner: names the run; equal in every attempt of a run, and no two runs have the same. What a
        killed attempt left is removed by the next one of its run alone.
      files: tfx.dsl.io.fileio.
    """
    files.makedirs(directory)
    content = _content(model, files)
    if newest := _newest_with(content, directory, files):
        return PushedVersion(newest, content)
    unfinished = os.path.join(directory, f".{xxhash.xxh3_64_hexdigest(owner.encode())}.unfinished")
    if files.exists(unfinished):
        files.rmtree(unfinished)
    with removed_on_error(unfinished, files):
        _copy(model, unfinished, files)
    # Only now: another run may have pushed in the meantime.
    target = os.path.join(directory, str(newest_version(files.listdir(directory)) + 1))
    files.rename(unfinished, target)
    return PushedVersion(target, content)


def _content(model: str, files: Any) -> Files:
    return {name: _digest(os.path.join(model, name), files) for name in _names(model, files)}


def _newest_with(content: Files, directory: str, files: Any) -> str | None:
    """The newest version, if it holds these files."""
    newest = os.path.join(directory, str(newest_version(files.listdir(directory))))
    return newest if files.isdir(newest) and _is_intact(newest, content, files) else None


def _is_intact(version: str, content: Files, files: Any) -> bool:
    paths = {os.path.join(version, name): digest for name, digest in content.items()}
    return all(
        files.exists(path) and not files.isdir(path) and _digest(path, files) == digest
        for path, digest in paths.items()
    )


def _digest(path: str, files: Any) -> list[Any]:
    """[bytes, xxh3_128] of a file."""
    digest, size = xxhash.xxh3_128(), 0
    with files.open(path, "rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
            size += len(block)
    return [size, digest.hexdigest()]


def _names(folder: str, files: Any) -> Iterator[str]:
    for below, _, names in files.walk(folder):
        yield from (os.path.relpath(os.path.join(below, name), folder) for name in names)


def _copy(source: str, target: str, files: Any) -> None:
    for folder, _, names in files.walk(source):
        below = os.path.relpath(folder, source)
        into = target if below == "." else os.path.join(target, below)
        files.makedirs(into)
        for name in names:
            files.copy(os.path.join(folder, name), os.path.join(into, name))
