"""The code of docs/adding.md, put into a copy of the sources."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.repository import ROOT, SOURCES, environment


def code(heading: str, language: str = "python") -> list[str]:
    """The blocks of a section in one language, in order."""
    document = (ROOT / "docs" / "adding.md").read_text(encoding="utf-8")
    sections = re.split(r"^## ", document, flags=re.M)
    (text,) = [section for section in sections if section.startswith(f"{heading}\n")]
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)


def copy_sources(folder: Path) -> Path:
    """Copy the packages; tests change the copy."""
    for name in SOURCES:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    return folder


def copy_tests(tree: Path) -> None:
    """Copy the tests and their settings beside the sources."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "tests", tree / "tests", ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tree)


def insert(file: Path, text: str, *, before: str) -> None:
    """Insert text before the first line that starts so."""
    head, separator, tail = f"\n{file.read_text(encoding='utf-8')}".partition(f"\n{before}")
    assert separator, f"no line of {file} starts with {before!r}"
    file.write_text(f"{head}\n{text}{separator[1:]}{tail}".lstrip("\n"), encoding="utf-8")


def insert_row(file: Path, table: str, row: str) -> None:
    """Make the text the first row of a table, which is written as `TABLE... = {`."""
    text, count = re.subn(
        rf"^{table}\b.*= \{{\n",
        lambda opening: opening[0] + row,
        file.read_text(encoding="utf-8"),
        flags=re.M,
    )
    assert count == 1, f"{file} has {count} tables {table}"
    file.write_text(text, encoding="utf-8")


def python(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a copy of the sources."""
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=tree,
        env=environment(tree),
    )


def facefold(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of a copy of the sources."""
    return python(tree, "-m", "pipelines", *arguments)
