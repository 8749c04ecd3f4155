"""Layout of the run folder."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.nodes import UNFINISHED
from schemas.files import atomic_path, read_json

FORMAT = 1  # Of a run folder, in its state; other formats, and none, cannot be reused.


@dataclass(frozen=True)
class RunFolder:
    """Paths below `<output>/<name>/`."""

    path: Path

    @property
    def metadata(self) -> Path:
        """The MLMD store."""
        return self.path / "metadata.db"

    @property
    def artifacts(self) -> Path:
        """Outputs of the nodes: `<node>/<output>/<execution>/`."""
        return self.path / "artifacts"

    @property
    def unfinished(self) -> Path:
        """Checkpoints of interrupted trainings, a folder each."""
        return self.artifacts / UNFINISHED

    @property
    def logs(self) -> Path:
        """Logs, one per run."""
        return self.path / "logs"

    @property
    def review(self) -> Path:
        """Copy of the last review."""
        return self.path / "review"

    @property
    def sweep(self) -> Path:
        """Copy of the last sweep's table."""
        return self.path / "sweep"

    @property
    def curves(self) -> Path:
        """Learning curves of the last run, a CSV and a PNG per Trainer."""
        return self.path / "curves"

    @property
    def inputs(self) -> Path:
        """Copies of input files, each named by its hash: the schema, a model to start from."""
        return self.path / "inputs"

    @property
    def state(self) -> Path:
        """Artifacts of the last whole run and of the last blessed one, as JSON."""
        return self.path / "run.json"

    @property
    def whole_run(self) -> Path:
        """Key and outputs of the last whole run, as JSON (pipelines.local.unchanged)."""
        return self.path / "whole_run.json"

    def read_state(self) -> dict[str, Any] | None:
        """The content of `state`; None before the first whole run."""
        if not self.state.is_file():
            return None
        return read_json(self.state, "artifacts")

    def size(self) -> int:
        """Total size of all files, in bytes."""
        return sum(path.lstat().st_size for path in self.path.rglob("*") if not path.is_dir())


def publish(source: Path, target: Path) -> None:
    """Copy the files of a folder into `target`, each atomically; other files there stay."""
    for file in sorted(source.iterdir()):
        publish_file(file, target / file.name)


def publish_file(file: Path, target: Path) -> None:
    """Copy one file, atomically."""
    with atomic_path(target) as unfinished:
        shutil.copyfile(file, unfinished)


def execution_folders(artifacts: Path) -> Iterator[Path]:
    """Every `<node>/<output>/<execution>` folder, and the nodes' own below `.system`."""
    for node in sorted(artifacts.iterdir()) if artifacts.is_dir() else ():
        if not node.is_dir() or node.name.startswith("."):
            continue
        for output in sorted(node.iterdir()):
            if output.name == ".system":
                yield from (path for path in sorted(output.glob("*/*")) if path.is_dir())
            elif output.is_dir():
                yield from (path for path in sorted(output.iterdir()) if path.is_dir())
