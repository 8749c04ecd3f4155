"""Paths of the repository, and its code in processes of their own."""

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("schemas", "components", "pipelines")  # The packages.
FACE_SCHEMA = ROOT / "schemas" / "tfdv" / "faces.pbtxt"


class Finished(NamedTuple):
    """A command that has ended."""

    returncode: int
    stdout: str
    stderr: str


def environment(sources: Path = ROOT, **more: str) -> dict[str, str]:
    """Environment of a child process that imports the packages of `sources`."""
    return {**os.environ, "PYTHONPATH": str(sources), "TF_USE_LEGACY_KERAS": "0", **more}


def facefold_command(*arguments: str) -> list[str]:
    """The command line, in this environment."""
    return [sys.executable, "-m", "pipelines", *arguments]


def run_facefold(*arguments: str, sources: Path = ROOT) -> Finished:
    """Run a command to its end, its output a pipe: no live line."""
    done = subprocess.run(
        facefold_command(*arguments),
        cwd=sources,
        env=environment(sources),
        capture_output=True,
        text=True,
        timeout=1800,  # For a cross-validation on a busy machine.
        check=False,
    )
    return Finished(done.returncode, done.stdout, done.stderr)
