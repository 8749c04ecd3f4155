"""The recipe for a command: one file."""

import re
from pathlib import Path

import pytest

from tests.recipes.adding import code, copy_sources, facefold


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the sources with the command, and a run folder of two artifacts."""
    tree = copy_sources(tmp_path)
    (command,) = code("A command")
    (tree / "pipelines" / "cli" / "count.py").write_text(command, encoding="utf-8")
    for execution in ("1", "2"):
        (tree / "run" / "artifacts" / "Trainer" / "model" / execution).mkdir(parents=True)
    return tree


def test_a_new_command_runs_and_is_listed(tree: Path) -> None:
    assert facefold(tree, "count", "run").stdout == "2\n"
    assert re.search(r"count +Count the artifacts of a run", facefold(tree, "--help").stdout)


def test_wrong_usage_of_a_new_command_is_one_line(tree: Path) -> None:
    done = facefold(tree, "count", "nowhere")

    assert done.returncode == 2
    assert done.stderr == (
        "facefold: nowhere is no run folder. Expected the output folder of a run.\n"
    )
