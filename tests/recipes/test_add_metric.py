"""The recipe for a metric: one file."""

import shutil
from pathlib import Path

import pytest

from tests.recipes.adding import code, copy_sources, insert, python
from tests.repository import ROOT


@pytest.mark.tf
def test_a_new_metric_appears_in_every_output(tmp_path: Path) -> None:
    tree = copy_sources(tmp_path)
    shutil.copytree(ROOT / "tests", tree / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tree)
    insert(tree / "schemas" / "metrics.py", "".join(code("A metric")), before="}")

    done = python(
        tree, "-m", "pytest", "-q", "-p", "no:cacheprovider",
        "tests/schemas/test_metrics.py", "tests/recipes/metric_outputs.py",
    )  # fmt: skip

    assert done.returncode == 0, done.stdout[-4000:]
