"""The log of pushed models, beside their versions: what each predicted of the reviewed faces.

The next review compares its model with the last pushed one on the faces that both have seen held
out. The log names no person: faces are given by a hash of their key, without labels.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import pyarrow as pa
import xxhash

from schemas.errors import DataError
from schemas.files import write_whole

FOLDER = ".pushes"  # In the serving folder; TF Serving reads folders with whole numbers alone.
LOG_FILE = "pushes.jsonl"
FACES_FILE = "faces.parquet"  # Of a review's page, and of each push as `<model>.parquet`.

_HASH = re.compile(r"[0-9a-zA-Z]+")  # A part of a file's name.

FACES = pa.schema(
    [
        pa.field("face", pa.string(), nullable=False),  # Of `face_hash`.
        pa.field("head", pa.string(), nullable=False),
        pa.field("predicted", pa.int32(), nullable=False),  # Index of the most probable class.
    ],
    metadata={b"schema": b"facefold.faces/1"},
)


class Push(NamedTuple):
    """One line of the log."""

    version: str  # Folder of the version.
    model: str  # Hash of schemas.release.model_hash.
    date: str  # ISO 8601, UTC.
    classes: dict[str, list[str]]  # {head: class names in index order}.


def face_hash(key: str) -> str:
    """The name of a face in the log, 32 hex digits."""
    return xxhash.xxh3_128_hexdigest(key.encode())


def faces(predictions: Iterable[pa.Table]) -> pa.Table:
    """The table of a review's predictions (schemas.prediction_table)."""
    rows = pa.concat_tables(
        [table.select(["key", "head", "predicted"]) for table in predictions]
    ).sort_by([("head", "ascending"), ("key", "ascending")])
    hashes = [face_hash(key) for key in rows["key"].to_pylist()]
    return rows.set_column(0, "face", pa.array(hashes, pa.string())).cast(FACES)


def read_log(directory: str, files: Any) -> list[Push]:
    """The pushes into a serving folder, the oldest first; empty without a log.

    Args:
      directory: the serving folder, local path or URI.
      files: tfx.dsl.io.fileio.

    Raises:
      DataError: a line is damaged.
    """
    folder = os.path.join(directory, FOLDER)
    path = os.path.join(folder, LOG_FILE)
    if not files.exists(folder):
        return []
    if not files.isdir(folder) or (files.exists(path) and files.isdir(path)):
        raise DataError(
            f"{path} cannot be read, expected the log of pushes in a folder {FOLDER}. Move what is "
            "there away; the next review then compares with no model."
        )
    if not files.exists(path):
        return []
    with files.open(path, "rb") as file:
        lines = file.read().splitlines()
    return list(_parse(lines, path))


def _parse(lines: Iterable[bytes], path: str) -> Iterator[Push]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            push = Push(**json.loads(line))
            _check(push)
        except (ValueError, TypeError, RecursionError) as error:
            raise DataError(
                f"{path}:{number} is damaged, expected a JSON object with {', '.join(Push._fields)}"
                ". Remove that line; the next review then compares with the push before it."
            ) from error
        yield push


def _check(push: Push) -> None:
    if not all(isinstance(text, str) for text in push[:3]) or not _HASH.fullmatch(push.model):
        raise ValueError(push)
    if not isinstance(push.classes, dict):
        raise TypeError(push)
    for names in push.classes.values():
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise TypeError(push)


def last_other(log: Iterable[Push], model: str) -> Push | None:
    """The newest push of another model.

    A review that is repeated after its own push therefore still compares with the one before.
    """
    return next((push for push in reversed(list(log)) if push.model != model), None)


def faces_path(directory: str, push: Push) -> str:
    """The file of FACES of a push."""
    return os.path.join(directory, FOLDER, f"{push.model}.parquet")


def append(directory: str, push: Push, faces: str, files: Any) -> None:
    """Add a push, unless the last line names the same model and version.

    Args:
      directory: the serving folder.
      push: what was pushed.
      faces: path of a file of FACES, which is copied.
      files: tfx.dsl.io.fileio.
    """
    log = read_log(directory, files)
    if log and (log[-1].model, log[-1].version) == (push.model, push.version):
        return
    files.makedirs(os.path.join(directory, FOLDER))
    files.copy(faces, faces_path(directory, push), overwrite=True)
    path = os.path.join(directory, FOLDER, LOG_FILE)
    lines = (json.dumps(each._asdict()) + "\n" for each in (*log, push))
    write_whole(path, "".join(lines), files)
