"""The recipe for a metric: one file."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.recipes.adding import code, copy_sources, insert
from tests.repository import ROOT, environment

# A second metric, which the likeliest class does not determine.
PROBABILITY = """    "true_probability": Metric(
        lambda labels, probabilities, ops: ops.take_along_axis(
            probabilities, labels[:, None], axis=-1
        )[:, 0],
        short="P(label)",
        title="Probability of the label",
        meaning="mean probability of the labelled class",
        kind="mean",
        higher_is_better=True,
        unit="",
        needs_probabilities=True,
    ),
"""


@pytest.mark.tf
def test_a_new_metric_appears_in_every_output(tmp_path: Path) -> None:
    tree = copy_sources(tmp_path)
    shutil.copytree(ROOT / "tests", tree / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tree)
    (row,) = code("A metric")
    insert(tree / "schemas" / "metrics.py", row + PROBABILITY, before="}")

    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "tests/recipes/metric_outputs.py",
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=tree,
        env=environment(tree),
    )

    assert done.returncode == 0, done.stdout[-4000:]
    assert "5 passed" in done.stdout
