"""One small whole run, made once; tests read it, or copy it and run the copy again, changed."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import Once
from tests.repository import ROOT, environment

# The model need not learn: `make demo` shows one that does.
SMALL = ("images.side=24", "train.model=utk_cnn", "train.epochs=1", "train.batch_size=16")
NEVER_BLESSED = "evaluate.thresholds.accuracy=1.0"
ALWAYS_BLESSED = "evaluate.thresholds.accuracy=0.0"

Facefold = Callable[..., "Finished"]


class Finished(NamedTuple):
    """A command that has ended."""

    returncode: int
    stdout: str
    stderr: str


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


def facefold_command(*arguments: str) -> list[str]:
    """The command line, in this environment."""
    return [sys.executable, "-m", "pipelines", *arguments]


def run_facefold(*arguments: str) -> Finished:
    """Run a command to its end, its output a pipe: no live line."""
    done = subprocess.run(
        facefold_command(*arguments),
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=1800,  # For a cross-validation on a busy machine.
        check=False,
    )
    return Finished(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def facefold() -> Facefold:
    """Run a command of the command line."""
    return run_facefold


def run_small_demo(folder: Path) -> None:
    """Draw the smallest demo and run it; its model is blessed whatever its accuracy."""
    from pipelines.demo import plan

    drawn = run_facefold("demo", str(folder / "data"), "--faces", str(plan.least_faces()))
    assert drawn.returncode == 0, drawn.stderr
    run = small_run_in(folder, drawn)
    first = run_facefold(*run.arguments(ALWAYS_BLESSED))
    assert first.returncode == 0, first.stdout + first.stderr
    (folder / "first.json").write_text(json.dumps(first))


def small_run_in(folder: Path, first: Finished) -> SmallRun:
    """The run that `run_small_demo` makes in a folder."""
    return SmallRun(folder / "data" / "demo.yaml", folder / "runs" / "demo", first)


@pytest.fixture(scope="session")
def small_run(once: Once) -> SmallRun:
    """The small run, for reading alone: every worker shares it."""
    folder = once("small_run", run_small_demo)
    first = Finished(*json.loads((folder / "first.json").read_text()))
    return small_run_in(folder, first)


@pytest.fixture
def copied_run(small_run: SmallRun, tmp_path: Path) -> SmallRun:
    """A copy of the small run for one test."""
    return small_run.copy(tmp_path / "runs")
