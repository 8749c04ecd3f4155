"""The documents' text: code blocks, inline code, and the YAML files that they define."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.repository import ROOT

GUIDES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "deploy" / "README.md")
DOCUMENTS = (*GUIDES, ROOT / "DECISIONS.md", ROOT / "CHANGELOG.md")


class Block(NamedTuple):
    """A code block of a document; an indented one has the language `sh`."""

    document: Path
    line: int  # Of its first line, from 1.
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.document.relative_to(ROOT)}:{self.line}"


def blocks(document: Path) -> Iterator[Block]:
    """Fenced blocks, and lines indented by four spaces."""
    fence = None
    for number, line in enumerate(document.read_text(encoding="utf-8").splitlines(), start=1):
        if line.startswith("```"):
            if fence:
                yield fence
                fence = None
            else:
                fence = Block(document, number + 1, line[3:].strip(), "")
        elif fence:
            fence = fence._replace(text=f"{fence.text}{line}\n")
        elif line.startswith("    "):
            yield Block(document, number, "sh", line.strip())


def prose(document: Path) -> str:
    """The text between the blocks."""
    text = re.sub(r"^```.*?^```", "", document.read_text(encoding="utf-8"), flags=re.M | re.S)
    return re.sub(r"^    .*$", "", text, flags=re.M)


BLOCKS = [block for document in GUIDES for block in blocks(document)]


def inline(pattern: str, documents: tuple[Path, ...] = GUIDES) -> list[object]:
    """Inline code that matches the pattern as a whole, with its document, as parameters."""
    found = {
        (document, " ".join(code.split()))
        for document in documents
        for code in re.findall(r"`([^`]+)`", prose(document))
        if re.fullmatch(pattern, code, re.S)
    }
    return [
        pytest.param(document, code, id=f"{document.relative_to(ROOT)} {code}")
        for document, code in sorted(found)
    ]


def file_name(block: Block) -> str | None:
    """The file that a YAML block names in its first line."""
    match = re.match(r"# (\S+\.yaml)\n", block.text)
    return match[1] if match and block.language == "yaml" else None


def write_yaml_files(folder: Path) -> None:
    """The YAML files that the guides define."""
    for block in BLOCKS:
        if name := file_name(block):
            (folder / name).write_text(block.text, encoding="utf-8")
