"""The code of docs/adding.md, put into a copy of the sources."""

import re
import shutil
from pathlib import Path

from tests.repository import ROOT, SOURCES


def code(heading: str) -> list[str]:
    """The Python blocks of a section, in order."""
    document = (ROOT / "docs" / "adding.md").read_text(encoding="utf-8")
    section = re.split(r"^## ", document, flags=re.M)
    (text,) = [part for part in section if part.startswith(f"{heading}\n")]
    return re.findall(r"^```python\n(.*?)^```$", text, re.M | re.S)


def copy_sources(folder: Path) -> Path:
    """Copy the packages; tests change the copy."""
    for name in SOURCES:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    return folder


def insert(file: Path, text: str, *, before: str) -> None:
    """Insert text before the one line that starts so."""
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    (place,) = [number for number, line in enumerate(lines) if line.startswith(before)]
    file.write_text("".join([*lines[:place], text, *lines[place:]]), encoding="utf-8")


def insert_row(file: Path, table: str, row: str) -> None:
    """Make the text the first row of a table, which is written as `TABLE... = {`."""
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    (place,) = [
        number
        for number, line in enumerate(lines)
        if re.match(rf"{table}\b.*= \{{$", line.rstrip())
    ]
    file.write_text("".join([*lines[: place + 1], row, *lines[place + 1 :]]), encoding="utf-8")
