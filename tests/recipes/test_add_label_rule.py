"""The recipe for a label rule: one file."""

import json
from pathlib import Path

import pytest

from tests.recipes.adding import code, copy_sources, facefold, insert, insert_row

POLICIES = Path("schemas/labels/policies.py")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the sources with the rule and a policy that names it."""
    tree = copy_sources(tmp_path)
    (rule,) = code("A label rule")
    insert(tree / POLICIES, f"{rule}\n\n", before="AGE_RULES")
    insert_row(tree / POLICIES, "AGE_RULES", '    "decade": _decade,\n')
    insert_row(tree / POLICIES, "POLICIES", '    "decades": Policy((OFFICIAL, "decade")),\n')
    (tree / "faces.csv").write_text("file,age\na.jpg,60s\nb.jpg,30s\n", encoding="utf-8")
    (tree / "c.yaml").write_text(
        "name: a\ndata: {dataset: csv, labels: faces.csv, columns: {path: file, age: age}}\n",
        encoding="utf-8",
    )
    return tree


def test_a_new_rule_accepts_its_texts_and_is_counted_by_name(tree: Path) -> None:
    command = ["labels", "c.yaml", "labels.policy=decades", "--labels-only", "--json"]

    result = facefold(tree, *command)

    report = json.loads(result.stdout)
    assert report["table"]["unknown"]["60-100"] == 1
    assert report["repaired"] == {"decade": 1}
    assert report["rejected"] == {"age_unknown_text": 1}
