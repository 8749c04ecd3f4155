"""Structure of the repository: names, sizes, docstrings and wording."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.repository import ROOT, SOURCES

REPEATABLE = {
    "__init__",
    "__main__",
    "component",
    "executor",
}  # Module names that several folders may have.
COMMANDS = ROOT / "pipelines" / "cli"  # A command's module is named after it.
LARGEST_FOLDER = 20  # Python files.
LONGEST_FILE = 300  # Lines.
# Words that describe a program as a person, and others that the field does not use.
UNWANTED_WORDS = re.compile(
    r"\b(mend(s|ed|ing)?|hears|gone on with|nobody runs any more|(is|are|was) told|tells of)\b"
)
MACHINE_PATH = re.compile(r"(?<![\w.$}/-])/(work|root|tmp|Users)/\w|/home/(?!someone\b)\w")

FILES = [path for name in SOURCES for path in sorted((ROOT / name).rglob("*.py"))]
FOLDERS = sorted({path.parent for path in FILES})
TESTS = sorted((ROOT / "tests").rglob("*.py"))


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


every_folder = pytest.mark.parametrize("folder", FOLDERS, ids=relative)


def places(pattern: re.Pattern[str], files: list[Path]) -> list[str]:
    """`file:line: text` of every match; this file, which holds the patterns, is left out."""
    return [
        f"{relative(path)}:{number}: {line.strip()}"
        for path in files
        if path != Path(__file__)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_module_name_stands_twice() -> None:
    names = Counter(path.stem for path in FILES if path.parent != COMMANDS)

    assert {name for name, count in names.items() if count > 1} <= REPEATABLE


@every_folder
def test_a_folder_has_few_files(folder: Path) -> None:
    assert len(list(folder.glob("*.py"))) <= LARGEST_FOLDER


@every_folder
def test_a_package_states_its_purpose(folder: Path) -> None:
    docstring = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8")))

    assert docstring
    assert len(docstring.partition("\n\n")[0].splitlines()) == 1


def test_no_source_file_is_long() -> None:
    lengths = {relative(path): len(path.read_bytes().splitlines()) for path in FILES}

    assert {path: lines for path, lines in lengths.items() if lines > LONGEST_FILE} == {}


@pytest.mark.parametrize("name", SOURCES)
def test_a_folder_of_tests_mirrors_a_source_folder(name: str) -> None:
    tests = {path.parent for path in (ROOT / "tests" / name).rglob("test_*.py")}

    assert {relative(path).removeprefix("tests/") for path in tests} <= set(map(relative, FOLDERS))


def test_no_file_names_a_path_of_one_machine() -> None:
    texts = [*FILES, *TESTS, *ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), ROOT / "Makefile"]

    assert places(MACHINE_PATH, texts) == []


def test_no_text_uses_unwanted_words() -> None:
    assert places(UNWANTED_WORDS, [*FILES, *TESTS]) == []


def test_make_starts_benchmarks_as_modules() -> None:
    # A script has no repository root on its path, and other packages install a folder `tests`.
    assert "python tests/" not in (ROOT / "Makefile").read_text(encoding="utf-8")
