"""The recipe for a new data source: one row of the registry, one module in `sources/`."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = Path("components/ingest/sources")

ROW = """
    "pairs": Source(
        "One `subject;age;gender` line a face",
        reader="pairs",
        label_files=lambda data: [
            LabelFile(path, name, "unknown") for path, name in find_files(data, "*.pairs")
        ],
        check_labels=lambda data: find_files(data, "*.pairs"),
        names_subjects=lambda _: True,
    ),
"""
IMPORT = "from components.ingest.label_files import find_files\n"
MODULE = '''"""Pairs: one `subject;age;gender` line a face."""

from collections.abc import Iterator

import pyarrow as pa

from components.ingest.label_files import find_files, hash_fold
from components.ingest.sources.source_input import SourceInput
from components.ingest.table import manifest_table


def read_rows(source: SourceInput) -> Iterator[pa.Table]:
    """A table a file."""
    for path, name in find_files(source.config, "*.pairs"):
        with open(path, encoding="utf-8") as file:
            subjects, ages, genders = zip(*(line.rstrip().split(';') for line in file), strict=True)
        paths = [f"{subject}.jpg" for subject in subjects]
        columns = {
            "key": [f"{source.name}/{path}" for path in paths],
            "path": paths,
            "subject": subjects,
            "photographer": subjects,
            "fold": [hash_fold(subject) for subject in subjects],
            "age_text": ages,
            "gender_text": genders,
            "source": [name] * len(paths),
            "line": range(1, len(paths) + 1),
        }
        yield manifest_table(len(paths), columns)
'''


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the project with the recipe's two files, and nothing else, touched."""
    for folder in ("components", "pipelines", "schemas"):
        shutil.copytree(
            ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__")
        )
    registry = tmp_path / SOURCES / "registry.py"
    table = "SOURCES: dict[str, Source] = {\n"
    text = registry.read_text()
    assert table in text
    first_import = "from components.ingest.label_files"
    text = text.replace(first_import, IMPORT + first_import, 1)
    registry.write_text(text.replace(table, table + ROW))
    (tmp_path / SOURCES / "pairs.py").write_text(MODULE)
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "a.pairs").write_text("ann;(25, 32);f\nbob;(8, 12);m\ncid;;m\n")
    return tmp_path


def facefold(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pipelines", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=tree,
        env=os.environ | {"PYTHONPATH": str(tree)},
    )


def test_a_new_source_is_read_and_accepted_by_the_labels_command(tree: Path) -> None:
    (tree / "c.yaml").write_text("name: a\ndata: {dataset: pairs, labels: labels}\n")

    result = facefold(tree, "labels", "c.yaml", "--labels-only", "--json")

    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout)
    assert (report["rows"], report["accepted"]) == (3, 2)
    assert report["rejected"] == {"age_missing": 1}
    assert report["table"]["f"]["25-32"] == 1
    assert report["table"]["m"]["8-12"] == 1


def test_a_new_source_is_suggested_for_a_misspelt_name(tree: Path) -> None:
    (tree / "c.yaml").write_text("name: a\ndata: {dataset: pears, labels: labels}\n")

    result = facefold(tree, "labels", "c.yaml")

    assert result.returncode == 2
    assert "data.dataset is 'pears' (did you mean 'pairs'?)" in result.stderr
