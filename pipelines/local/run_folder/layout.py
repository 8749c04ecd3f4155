"""Layout of the run folder."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipelines.local.run_folder import file_manifest
from pipelines.local.run_folder.lock import LOCK_FILE
from pipelines.nodes import is_node_id
from schemas.errors import ConfigError
from schemas.files import atomic_path, read_json
from schemas.release.approval import APPROVAL_FILE

FORMAT = 1  # Of a run folder, in its state; other formats, and none, cannot be reused.


class RunFolder:
    """Paths below `<output>/<name>/`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.marker = path / ".facefold"  # Of pipelines.local.run_folder.ownership.
        self.metadata = path / "metadata.db"  # The MLMD store.
        self.artifacts = path / "artifacts"  # Outputs of the nodes: `<node>/<output>/<execution>/`.
        self.unfinished = self.artifacts / ".unfinished"  # Checkpoints of interrupted trainings.
        self.manifests = self.artifacts / file_manifest.FOLDER
        self.inputs = path / "inputs"  # The schema and the initial weights, by their hash.
        self.logs = path / "logs"  # One per run.
        self.review = path / "review"  # Copy of the last review.
        self.sweep = path / "sweep"  # Copy of the last sweep's table.
        self.curves = path / "curves"  # Of the last run, a CSV and a PNG per Trainer.
        self.state = path / "run.json"  # Artifacts of the last whole run and last blessed one.
        self.approval = path / APPROVAL_FILE  # A person's decision on the last review.
        self.history = path.parent / "reviews.jsonl"  # Of all runs beside this one.
        self.whole_run = path / "whole_run.json"  # Of pipelines.local.unchanged.

    @property
    def own_paths(self) -> tuple[Path, ...]:
        """Files and folders that a run replaces or removes."""
        return (
            self.metadata,
            self.artifacts,
            self.inputs,
            self.review,
            self.sweep,
            self.curves,
            self.state,
            self.whole_run,
        )

    def read_state(self) -> dict[str, Any] | None:
        """The content of `state`; None before the first whole run."""
        if not self.state.is_file():
            return None
        return read_json(self.state, "artifacts")


def check_kinds(folder: RunFolder) -> None:
    """Check that what exists in the folder is a file or a folder as a run expects; links count.

    Raises:
      ConfigError: names the first path that is neither.
    """
    lock = folder.path / LOCK_FILE
    files = (
        folder.marker,
        folder.metadata,
        folder.state,
        folder.whole_run,
        folder.approval,
        folder.history,
        lock,
    )
    folders = (
        folder.artifacts,
        folder.inputs,
        folder.logs,
        folder.review,
        folder.sweep,
        folder.curves,
    )
    for paths, kind, fits in ((files, "file", os.path.isfile), (folders, "folder", os.path.isdir)):
        for path in paths:
            if os.path.lexists(path) and not fits(path):
                raise ConfigError(
                    f"output: {path} is no {kind}, expected the {kind} of a run; move it away, or "
                    "set another output or name."
                )


def total_size(folder: Path) -> int:
    """Total size of all files below a folder, in bytes."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


def publish(source: Path, target: Path) -> None:
    """Copy the files of a folder into `target`, each atomically; other files there stay."""
    for file in sorted(source.iterdir()):
        publish_file(file, target / file.name)


def publish_file(file: Path, target: Path) -> None:
    """Copy one file, atomically."""
    with atomic_path(target) as unfinished:
        shutil.copyfile(file, unfinished)


def execution_folders(artifacts: Path) -> Iterator[Path]:
    """Every `<node>/<output>/<execution>` folder, and the nodes' own below `.system`.

    Other folders, and links, are no step's.
    """
    for node in sorted(artifacts.iterdir()) if artifacts.is_dir() else ():
        for output in sorted(node.iterdir()) if is_node_id(node.name) and _is_folder(node) else ():
            if output.name == ".system":
                yield from filter(_is_folder, sorted(output.glob("*/*")))
            elif _is_folder(output):
                yield from filter(_is_execution, sorted(output.iterdir()))


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _is_execution(path: Path) -> bool:
    return path.name.isdecimal() and _is_folder(path)
