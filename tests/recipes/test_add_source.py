"""The recipe for a new data source: one row of the registry, one module in `sources/`."""

import json
import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.recipes.adding import code, copy_sources, copy_tests, facefold, insert_row, python

SOURCES = Path("components/ingest/sources")
LINES = ("ann;(25, 32);f", "", "bob;(8, 12);m", "cid;;m", "a broken line", "../a;(8, 12);m")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the sources with the recipe's two files, and nothing else, touched."""
    tree = copy_sources(tmp_path)
    imports, row, reader = code("A data source")
    registry = tree / SOURCES / "registry.py"
    text, count = re.subn(
        r"^from components\.ingest\.label_files import .*\n",
        lambda _: imports,
        registry.read_text(encoding="utf-8"),
        flags=re.M,
    )
    assert count == 1
    registry.write_text(text, encoding="utf-8")
    insert_row(registry, "SOURCES", row)
    (tree / SOURCES / "roster.py").write_text(reader, encoding="utf-8")
    (config,) = code("A data source", "text")
    (tree / "mine.yaml").write_text(config, encoding="utf-8")
    (tree / "labels").mkdir()
    (tree / "labels" / "a.roster").write_text("".join(f"{line}\n" for line in LINES))
    (tree / "labels" / "empty.roster").touch()
    (tree / "faces").mkdir()
    (tree / "a.jpg").touch()  # At `../a.jpg`, outside the root.
    cv2.imwrite(str(tree / "faces" / "ann.jpg"), np.full((32, 32, 3), 100, np.uint8))
    return tree


def report_of(tree: Path, *arguments: str) -> dict[str, Any]:
    result = facefold(tree, "labels", "mine.yaml", *arguments, "--json")
    assert result.returncode == 0, result.stderr
    report: dict[str, Any] = json.loads(result.stdout)
    return report


def test_every_line_of_a_new_source_is_accepted_or_rejected_with_a_reason(tree: Path) -> None:
    report = report_of(tree, "--labels-only")

    assert (report["rows"], report["accepted"]) == (5, 2)
    assert report["rejected"] == {"malformed_line": 1, "path_outside_root": 1, "age_missing": 1}
    assert report["table"]["f"]["25-32"] == 1
    assert report["table"]["m"]["8-12"] == 1
    rejects = pq.read_table(tree / "runs" / "mine" / "labels" / "rejects.parquet").to_pylist()
    places = {row["reason"]: (row["source"], row["line"]) for row in rejects}
    assert places["malformed_line"] == ("a.roster", 5)
    details = {row["reason"]: row["detail"] for row in rejects}
    assert "'a broken line', expected `subject;age;gender`" in details["malformed_line"]


def test_the_images_of_a_new_source_are_searched_below_the_root(tree: Path) -> None:
    report = report_of(tree)

    assert report["accepted"] == 1
    assert report["rejected"] == {"malformed_line": 1, "path_outside_root": 1, "image_missing": 2}


def test_a_fault_that_is_no_reason_is_an_error_with_the_known_ones(tree: Path) -> None:
    reader = tree / SOURCES / "roster.py"
    reader.write_text(reader.read_text().replace('"malformed_line"', '"bad_line"'))

    result = facefold(tree, "labels", "mine.yaml", "--labels-only")

    assert result.returncode == 2
    assert "components.ingest.sources.roster: a row has the fault 'bad_line'" in result.stderr
    assert "expected one of malformed_line, malformed_name, repeat_of" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_missing_required_column_is_an_error_with_its_name(tree: Path) -> None:
    reader = tree / SOURCES / "roster.py"
    reader.write_text(reader.read_text().replace('"source": name, ', ""))

    result = facefold(tree, "labels", "mine.yaml", "--labels-only")

    assert result.returncode == 2
    assert "roster: a row has no 'source', which schemas/tables.py requires" in result.stderr


def test_a_new_source_is_suggested_for_a_misspelt_name(tree: Path) -> None:
    result = facefold(tree, "labels", "mine.yaml", "data.dataset=rooster")

    assert result.returncode == 2
    assert "data.dataset is 'rooster' (did you mean 'roster'?)" in result.stderr


def test_a_new_source_passes_the_style_checks(tree: Path) -> None:
    copy_tests(tree)

    for check in (("check",), ("format", "--check")):
        done = python(tree, "-m", "ruff", *check, "--no-cache", str(SOURCES))
        assert done.returncode == 0, done.stdout
