"""The recipe for a new data source: one row of the registry, one module in `sources/`."""

import json
from pathlib import Path

import pytest

from tests.recipes.adding import code, copy_sources, facefold, insert, insert_row

SOURCES = Path("components/ingest/sources")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the sources with the recipe's two files, and nothing else, touched."""
    tree = copy_sources(tmp_path)
    imports, row, reader = code("A data source")
    insert(tree / SOURCES / "registry.py", imports, before="from components.ingest.label_files")
    insert_row(tree / SOURCES / "registry.py", "SOURCES", row)
    (tree / SOURCES / "pairs.py").write_text(reader, encoding="utf-8")
    (tree / "labels").mkdir()
    (tree / "labels" / "a.pairs").write_text("ann;(25, 32);f\nbob;(8, 12);m\ncid;;m\n")
    return tree


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
