"""The log of pushed models, beside their versions: what each predicted of the reviewed faces.

The next review compares its model with the last pushed one on the faces that both have seen held
out. The log names no person: faces are given by a hash of their key, without labels.
"""

import json
import os
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import pyarrow as pa
import xxhash

from schemas.errors import DataError

FOLDER = ".pushes"  # In the serving folder; TF Serving reads folders with whole numbers alone.
LOG_FILE = "pushes.jsonl"
FACES_FILE = "faces.parquet"  # Of a review's page, and of each push as `<model>.parquet`.

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
    path = os.path.join(directory, FOLDER, LOG_FILE)
    if not files.exists(path):
        return []
    with files.open(path) as file:
        lines = file.read().splitlines()
    return list(_parse(lines, path))


def _parse(lines: Iterable[str], path: str) -> Iterator[Push]:
    for number, line in enumerate(lines, 1):
        try:
            yield Push(**json.loads(line))
        except (ValueError, TypeError) as error:
            raise DataError(
                f"{path}:{number} is damaged, expected a JSON object with {', '.join(Push._fields)}"
                ". Remove that line; the next review then compares with the push before it."
            ) from error


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
    with files.open(f"{path}.unfinished", "w") as file:
        file.write("".join(json.dumps(each._asdict()) + "\n" for each in (*log, push)))
    files.rename(f"{path}.unfinished", path, overwrite=True)
