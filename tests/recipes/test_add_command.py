"""The recipe for a command: one file."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.recipes.adding import code, copy_sources
from tests.repository import environment


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the sources with the command, and a run folder of two artifacts."""
    tree = copy_sources(tmp_path)
    (command,) = code("A command")
    (tree / "pipelines" / "cli" / "count.py").write_text(command, encoding="utf-8")
    for execution in ("1", "2"):
        (tree / "run" / "artifacts" / "Trainer" / "model" / execution).mkdir(parents=True)
    return tree


def facefold(tree: Path, *arguments: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "pipelines", *arguments],
        capture_output=True,
        text=True,
        check=True,
        cwd=tree,
        env=environment(tree),
    ).stdout


def test_a_new_command_runs_and_is_listed(tree: Path) -> None:
    assert facefold(tree, "count", "run") == "2\n"
    assert re.search(r"count +Count the artifacts of a run", facefold(tree, "--help"))
