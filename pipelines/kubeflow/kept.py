"""What is kept between runs in `kubeflow.store`, a folder of a mounted volume.

Kubeflow's own cache compares the numbers of artifacts, which are new whenever the step before has
run. Here a step's outputs are found by its parameters, its code and the content of its inputs.
"""

import datetime
import hashlib
import json
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.metadata import distributions
from pathlib import Path
from typing import Any, NamedTuple

import xxhash

from pipelines.kubeflow.staging import copy
from schemas.files import atomic_write

UNFINISHED = "unfinished"  # Checkpoints of interrupted trainings.
APPROVALS = "approvals"  # `<hash of a review>.json`, of `facefold approve`.
REVIEWS = "reviews"  # A copy of each review, by its hash.
_OUTPUTS = "outputs"
_RUNS = "runs"  # What became of each run, by its id.
_RECORD = "kept.json"
_BLOCK_BYTES = 1 << 20


class Kept(NamedTuple):
    """Outputs of a finished step; content of `kept.json`."""

    date: str  # ISO 8601, UTC.
    output: dict[str, Any]  # The step's ExecutorOutput, without places.
    files: dict[str, str]  # {path below the folder: xxh3_128 of its content}.


class Outcome(NamedTuple):
    """What became of a run."""

    verdict: str  # As in review.json.
    version: str | None  # Folder of the pushed version.
    why_not: str  # Empty if one was pushed.
    review: str  # Hash of the review, the name of its folder in REVIEWS.


def step_key(executor: str, parameters: Mapping[str, Any], inputs: Mapping[str, str]) -> str:
    """Hash of all that decides the outputs of a step.

    Args:
      executor: its class.
      parameters: by name; one of them is the hash of the step's code.
      inputs: key of each input artifact, by channel.
    """
    packages = sorted({f"{each.name} {each.version}" for each in distributions()})
    parts = [executor, dict(parameters), dict(inputs), packages]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def output_key(key: str, channel: str) -> str:
    """Key of an output artifact, where equal inputs give equal outputs."""
    return hashlib.sha256(f"{key}\0{channel}".encode()).hexdigest()


def content_key(path: Path) -> str:
    """Key of an output artifact by the content of its files."""
    return hashlib.sha256(json.dumps(_digests(path)).encode()).hexdigest()


def keep(store: Path, key: str, output: dict[str, Any], places: Mapping[str, Path]) -> None:
    """Keep the outputs of a step, unless they are kept already.

    Args:
      store: `kubeflow.store`.
      key: of `step_key`.
      output: the step's ExecutorOutput.
      places: folder or file of each output, by channel.
    """
    with _new_folder(store / _OUTPUTS / key) as folder:
        if folder is None:
            return
        for channel, place in places.items():
            copy(place, folder / channel)
        kept = Kept(_now(), output, _digests(folder))
        atomic_write(folder / _RECORD, json.dumps(kept._asdict(), sort_keys=True))


def note_outcome(store: Path, run: str, outcome: Outcome) -> None:
    """Write what became of a run of this id."""
    atomic_write(_outcome_file(store, run), json.dumps(outcome._asdict(), sort_keys=True))


def read_outcome(store: Path, run: str) -> Outcome | None:
    """What became of a run; None if nothing was noted, or the store is not here."""
    try:
        return Outcome(**json.loads(_outcome_file(store, run).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _outcome_file(store: Path, run: str) -> Path:
    return store / _RUNS / f"{hashlib.sha256(run.encode()).hexdigest()}.json"


def keep_folder(source: Path, target: Path) -> None:
    """Copy a folder, whole or not at all, unless it is there already."""
    with _new_folder(target) as folder:
        if folder is not None:
            copy(source, folder)


@contextmanager
def _new_folder(folder: Path) -> Iterator[Path | None]:
    """A temporary folder that is renamed at the end; None if there is one already."""
    if folder.exists():
        yield None
        return
    unfinished = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}.unfinished")
    unfinished.mkdir(parents=True)
    try:
        yield unfinished
        with suppress(FileExistsError):  # Another run has kept the same in the meantime.
            unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def reuse(store: Path, key: str, places: Mapping[str, Path]) -> Kept | None:
    """Copy kept outputs to their places; None if there are none, or they are damaged."""
    folder = store / _OUTPUTS / key
    if not folder.exists():
        return None
    kept = _read_intact(folder)
    if kept is None:
        shutil.rmtree(folder)  # The step keeps its outputs anew.
        return None
    for channel, place in places.items():
        copy(folder / channel, place)
    return kept


def _read_intact(folder: Path) -> Kept | None:
    """The record of kept outputs; None if it or a file is damaged."""
    try:
        kept = Kept(**json.loads((folder / _RECORD).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    found = _digests(folder)
    del found[_RECORD]
    return kept if found == kept.files else None


def _digests(path: Path) -> dict[str, str]:
    """Hash of each file below a folder, or of a file."""
    return {file.relative_to(path).as_posix(): _digest(file) for file in _files(path)}


def _files(path: Path) -> Iterator[Path]:
    found = [path] if path.is_file() else sorted(path.rglob("*"))
    return (each for each in found if each.is_file())


def _digest(file: Path) -> str:
    digest = xxhash.xxh3_128()
    with file.open("rb") as opened:
        while block := opened.read(_BLOCK_BYTES):
            digest.update(block)
    return str(digest.hexdigest())


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
