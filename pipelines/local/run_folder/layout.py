"""The run folder: where everything of one run lies."""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.nodes import UNFINISHED
from schemas.errors import ConfigError


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
        """What the steps wrote: `<node>/<output>/<execution>/`."""
        return self.path / "artifacts"

    @property
    def unfinished(self) -> Path:
        """What interrupted trainings go on from, a folder each."""
        return self.artifacts / UNFINISHED

    @property
    def logs(self) -> Path:
        """One log a run."""
        return self.path / "logs"

    @property
    def review(self) -> Path:
        """The last review, copied from its artifact."""
        return self.path / "review"

    @property
    def sweep(self) -> Path:
        """The table of the last sweep, copied from its artifact."""
        return self.path / "sweep"

    @property
    def curves(self) -> Path:
        """The learning curves of the last run, a CSV and a PNG a Trainer."""
        return self.path / "curves"

    @property
    def inputs(self) -> Path:
        """Copies of files that steps take by path: the schema, under its hash."""
        return self.path / "inputs"

    @property
    def state(self) -> Path:
        """What the last whole run and the last blessed one used, as JSON."""
        return self.path / "run.json"

    def read_state(self) -> dict[str, Any] | None:
        """What the last good runs used; None before the first."""
        if not self.state.is_file():
            return None
        return read_record(self.state, "artifacts")

    def size(self) -> int:
        """Bytes of all files."""
        return sum(path.lstat().st_size for path in self.path.rglob("*") if not path.is_dir())


def write_text(path: Path, text: str) -> None:
    """Write a file whole: under a temporary name, then renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_text(text, encoding="utf-8")
    os.replace(unfinished, path)


def read_record(path: Path, key: str) -> dict[str, Any]:
    """A JSON object that holds `key`.

    Raises:
      ConfigError: the file is damaged.
    """
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        record[key]
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f"{path} is damaged, expected a JSON object with {key!r}. "
            "Remove it and run `facefold run` again; what did not change is reused."
        ) from error
    return record


def publish(source: Path, target: Path) -> None:
    """Copy a folder's files to `target`, each whole; others there stay."""
    for file in sorted(source.iterdir()):
        publish_file(file, target / file.name)


def publish_file(file: Path, target: Path) -> None:
    """Copy one file, whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}.unfinished")
    shutil.copyfile(file, unfinished)
    os.replace(unfinished, target)


def execution_folders(artifacts: Path) -> Iterator[Path]:
    """Every `<node>/<output>/<execution>` folder, and the steps' own below `.system`."""
    for node in sorted(artifacts.iterdir()) if artifacts.is_dir() else ():
        if not node.is_dir() or node.name.startswith("."):
            continue
        for output in sorted(node.iterdir()):
            if output.name == ".system":
                yield from (path for path in sorted(output.glob("*/*")) if path.is_dir())
            elif output.is_dir():
                yield from (path for path in sorted(output.iterdir()) if path.is_dir())
