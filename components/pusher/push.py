"""The serving folder: one integer version a pushed model, each whole or absent."""

import os
from typing import Any


def next_version(names: list[str]) -> int:
    """One more than the largest integer among the folder's names; 1 where there is none.

    TF Serving takes the largest as the newest.
    """
    numbers = (name.rstrip("/") for name in names)
    return max((int(number) for number in numbers if number.isdecimal()), default=0) + 1


def push(model: str, directory: str, files: Any) -> str:
    """Copy a SavedModel to the next version of `directory`, under a temporary name first.

    Args:
      model: folder of the SavedModel.
      directory: local path or URI.
      files: tfx.dsl.io.fileio.

    Returns:
      The version's folder.
    """
    files.makedirs(directory)
    target = os.path.join(directory, str(next_version(files.listdir(directory))))
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
