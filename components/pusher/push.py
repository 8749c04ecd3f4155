"""The serving folder: an integer version per pushed model, written atomically."""

import json
import os
from typing import Any

from schemas.artifact_files import PUSHED_FILE


def newest_version(names: list[str]) -> int:
    """The largest integer among the folder's names, which TF Serving serves; 0 without any."""
    numbers = (name.rstrip("/") for name in names)
    return max((int(number) for number in numbers if number.isdecimal()), default=0)


def is_current(pushed: str, files: Any) -> bool:
    """Whether a Pusher's output names the version that is served, or none because of a refusal.

    Args:
      pushed: folder of the output.
      files: tfx.dsl.io.fileio, or another object with `open`, `exists` and `listdir`.
    """
    with files.open(os.path.join(pushed, PUSHED_FILE)) as file:
        version = json.loads(file.read())["version"]
    if version is None:
        return True
    directory, name = os.path.split(version)
    if not files.exists(os.path.join(version, "saved_model.pb")):
        return False
    return newest_version(files.listdir(directory)) == int(name)


def push(model: str, directory: str, files: Any) -> str:
    """Copy a SavedModel to the next version of `directory`, under a temporary name first.

    `directory` is a local path or URI, `files` tfx.dsl.io.fileio.

    Returns:
      The version's folder.
    """
    files.makedirs(directory)
    target = os.path.join(directory, str(newest_version(files.listdir(directory)) + 1))
    unfinished = os.path.join(directory, f".{os.path.basename(target)}.unfinished")
    if files.exists(unfinished):
        files.rmtree(unfinished)
    _copy(model, unfinished, files)
    files.rename(unfinished, target)
    return target


def _copy(source: str, target: str, files: Any) -> None:
    for folder, _, names in files.walk(source):
        below = os.path.relpath(folder, source)
        into = target if below == "." else os.path.join(target, below)
        files.makedirs(into)
        for name in names:
            files.copy(os.path.join(folder, name), os.path.join(into, name))
