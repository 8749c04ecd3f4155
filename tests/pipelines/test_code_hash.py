"""Files that the hash of a step covers: its own, and all of ours that they import."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.code_hash import closure, code_hash
from tests.repository import ROOT

PACKAGES = sorted(
    f"components.{path.parent.name}" for path in (ROOT / "components").glob("*/__init__.py")
)

FILES = {
    "schemas/__init__.py": "",
    "schemas/direct.py": "from schemas import indirect\n",
    "schemas/indirect.py": "ONE = 1\n",
    "schemas/named.py": "TWO = 2\n",
    "schemas/late.py": "THREE = 3\n",
    "schemas/unrelated.py": "FOUR = 4\n",
    "components/__init__.py": "",
    "components/other/__init__.py": "",
    "components/other/file.py": "",
    "components/step/__init__.py": "",
    "components/step/rows.py": "import os\nimport schemas.direct\nfrom schemas.named import TWO\n",
    "components/step/deep/more.py": "def run():\n    from schemas.late import THREE\n",
    "components/step/templates/page.j2": "{{ a }}",
    "components/step/notes.txt": "",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def append(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8") + "# more\n", encoding="utf-8")


@pytest.mark.parametrize(
    "name",
    [
        "components/step/rows.py",
        "components/step/__init__.py",
        "components/step/deep/more.py",
        "components/step/templates/page.j2",
        "schemas/direct.py",
        "schemas/indirect.py",
        "schemas/named.py",
        "schemas/late.py",
        "schemas/__init__.py",
    ],
)
def test_a_change_of_a_source_of_the_step_changes_its_hash(tree: Path, name: str) -> None:
    before = code_hash("components.step", tree)

    append(tree / name)

    assert code_hash("components.step", tree) != before


@pytest.mark.parametrize(
    "name", ["schemas/unrelated.py", "components/other/file.py", "components/step/notes.txt"]
)
def test_a_change_of_another_file_leaves_the_hash(tree: Path, name: str) -> None:
    before = code_hash("components.step", tree)

    append(tree / name)

    assert code_hash("components.step", tree) == before


def test_a_renamed_and_a_new_file_of_the_step_change_its_hash(tree: Path) -> None:
    hashes = [code_hash("components.step", tree)]

    (tree / "components/step/rows.py").rename(tree / "components/step/lines.py")
    hashes.append(code_hash("components.step", tree))
    (tree / "components/step/new.py").write_text("")
    hashes.append(code_hash("components.step", tree))

    assert len(set(hashes)) == 3


def test_text_moved_from_one_file_to_the_next_changes_the_hash(tree: Path) -> None:
    one, two = tree / "components/step/a.py", tree / "components/step/b.py"
    one.write_text("ONE = 1\nTWO = 2\n")
    two.write_text("")
    before = code_hash("components.step", tree)

    one.write_text("ONE = 1\n")
    two.write_text("TWO = 2\n")

    assert code_hash("components.step", tree) != before


def test_a_moved_tree_keeps_its_hash(tree: Path) -> None:
    before = code_hash("components.step", tree)

    moved = tree.rename(tree.with_name("moved"))

    assert code_hash("components.step", moved) == before


def closure_by_lines(package: str) -> set[Path]:
    """The closure computed from the text of import lines, without a syntax tree."""
    waiting = list(ROOT.joinpath(*package.split(".")).rglob("*.py"))
    found: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        text = re.sub(r"\(([^)]*)\)", lambda m: m[1].replace("\n", " "), path.read_text("utf-8"))
        for line in re.findall(r"^\s*(?:from|import) (?:schemas|components)\b.*", text, re.M):
            _, module, *rest = re.findall(r"[\w.]+", line.partition("#")[0])
            names = {module, *(f"{module}.{name}" for name in rest[1:])}
            for name in (
                names | {name.rpartition(".")[0] for name in names} | {module.split(".")[0]}
            ):
                base = ROOT.joinpath(*name.split("."))
                waiting += [
                    p for p in (base.with_suffix(".py"), base / "__init__.py") if p.is_file()
                ]
    return found


@pytest.mark.parametrize("package", PACKAGES)
def test_the_closure_of_a_real_step_agrees_with_its_import_lines(package: str) -> None:
    found = closure(package)

    assert all(path.is_file() for path in found)
    assert {path for path in found if path.suffix == ".py"} == closure_by_lines(package)


@pytest.mark.parametrize("package", PACKAGES)
def test_no_step_depends_on_the_sources_of_another(package: str) -> None:
    folders = {
        path.relative_to(ROOT).parts[1] for path in closure(package) if "components" in path.parts
    }

    assert folders - {"__init__.py", "faces", "records"} <= {package.rpartition(".")[2]}


def test_templates_belong_to_their_step() -> None:
    names = {path.name for path in closure("components.bias_review")}

    assert {"review.html.j2", "style.css.j2"} <= names


def test_label_rules_rerun_the_step_that_applies_them_and_not_the_trainer() -> None:
    rules = ROOT / "schemas" / "labels" / "policies.py"

    assert rules in closure("components.label_validator")
    assert rules not in closure("components.trainer")
    assert rules not in closure("components.pusher")


@pytest.mark.parametrize("step", ["ingest", "label_validator", "example_gen", "transform"])
def test_a_metric_reruns_no_step_before_training(step: str) -> None:
    assert ROOT / "schemas" / "metrics.py" not in closure(f"components.{step}")


@pytest.mark.parametrize(
    "module",
    [
        "components.ingest.manifest",
        "components.label_validator.validation",
        "components.bias_review.review",
        "components.example_gen.face_features",
    ],
)
def test_every_module_of_ours_that_an_import_loads_is_in_the_closure(module: str) -> None:
    code = (
        f"import sys, {module}\n"
        "for name, module in sys.modules.items():\n"
        "    if name.split('.')[0] in ('schemas', 'components'): print(module.__file__)"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )

    loaded = {Path(line) for line in done.stdout.splitlines()}
    assert len(loaded) > 4
    assert loaded <= closure(module.rpartition(".")[0])
