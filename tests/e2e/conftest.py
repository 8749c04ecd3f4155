"""One small whole run, made once; the tests look at what it left and run it again, changed."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Small and quick; the model need not learn, the demo target looks at that.
SMALL = ("images.side=24", "train.model=utk_cnn", "train.epochs=1", "train.batch_size=16")
NEVER_BLESSED = "evaluate.thresholds.accuracy=1.0"
ALWAYS_BLESSED = "evaluate.thresholds.accuracy=0.0"

Facefold = Callable[..., subprocess.CompletedProcess[str]]


class SmallRun(NamedTuple):
    """A finished run of the drawn data."""

    config: Path
    folder: Path  # The run folder.
    first: subprocess.CompletedProcess[str]  # What the first run printed.

    def words(self, *more: str) -> list[str]:
        """The words of a run of the same config."""
        return ["run", str(self.config), *SMALL, f"output={self.folder.parent}", *more]


def facefold_command(*words: str) -> list[str]:
    """The command line, in this environment."""
    return [sys.executable, "-m", "pipelines", *words]


@pytest.fixture(scope="session")
def facefold() -> Facefold:
    """Run a command to its end; the output as a pipe, so without a live line."""

    def call(*words: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            facefold_command(*words),
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=1800,  # Of a cross-validation on a busy machine.
            check=False,
        )

    return call


@pytest.fixture(scope="session")
def small_run(facefold: Facefold, tmp_path_factory: pytest.TempPathFactory) -> SmallRun:
    """The smallest demo, drawn and run once, blessed whatever it learnt."""
    from pipelines.demo import plan

    data = tmp_path_factory.mktemp("data") / "demo"
    drawn = facefold("demo", str(data), "--faces", str(plan.least_faces()))
    assert drawn.returncode == 0, drawn.stderr
    output = tmp_path_factory.mktemp("runs")
    run = SmallRun(data / "demo.yaml", output / "demo", drawn)
    first = facefold(*run.words(ALWAYS_BLESSED))
    return run._replace(first=first)
