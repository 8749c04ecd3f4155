"""One small whole run, made once; tests read it, or copy it and run the copy again, changed."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import Once
from tests.repository import Finished, run_facefold

# The model need not learn: `make demo` shows one that does.
SMALL = ("images.side=24", "train.model=utk_cnn", "train.epochs=1", "train.batch_size=16")
NEVER_BLESSED = "evaluate.thresholds.accuracy=1.0"
ALWAYS_BLESSED = "evaluate.thresholds.accuracy=0.0"

Facefold = Callable[..., Finished]


class SmallRun(NamedTuple):
    """A finished run of the drawn data."""

    config: Path
    folder: Path  # The run folder.
    first: Finished

    def arguments(self, *more: str) -> list[str]:
        """Arguments of a run of the same config in the same folder."""
        return ["run", str(self.config), *SMALL, f"output={self.folder.parent}", *more]

    def copy(self, output: Path) -> "SmallRun":
        """Copy the run folder below `output`: a run there reuses every node."""
        folder = output / self.folder.name
        shutil.copytree(self.folder, folder)
        return self._replace(folder=folder)


@pytest.fixture(scope="session")
def facefold() -> Facefold:
    """Run a command of the command line."""
    return run_facefold


def small_run_in(folder: Path, first: Finished) -> SmallRun:
    """The small run below a folder."""
    return SmallRun(folder / "data" / "demo.yaml", folder / "runs" / "demo", first)


@pytest.fixture(scope="session")
def small_run(once: Once, drawn_demo: Path) -> SmallRun:
    """The small run, for reading alone: every worker shares it."""

    def run_once(folder: Path) -> None:
        shutil.copytree(drawn_demo, folder / "data")
        run = small_run_in(folder, Finished(0, "", ""))
        first = run_facefold(*run.arguments(ALWAYS_BLESSED))
        assert first.returncode == 0, first.stdout + first.stderr
        (folder / "first.json").write_text(json.dumps(first))

    folder = once("small_run", run_once)
    return small_run_in(folder, Finished(*json.loads((folder / "first.json").read_text())))


@pytest.fixture
def copied_run(small_run: SmallRun, tmp_path: Path) -> SmallRun:
    """A copy of the small run for one test."""
    return small_run.copy(tmp_path / "runs")
