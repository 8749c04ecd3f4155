"""YAML blocks, keys, paths, names and links of the documents are true."""

import re
from functools import reduce
from pathlib import Path

import pytest
import yaml

from pipelines.config.load import read_config
from tests.documents import (
    BLOCKS,
    DOCUMENTS,
    GUIDES,
    Block,
    file_name,
    inline,
    prose,
    write_yaml_files,
)
from tests.repository import ROOT
from tests.repository import SOURCES as PACKAGES

CONFIG = ROOT / "pipelines" / "configs" / "adience.yaml"
FOLDERS = (*PACKAGES, "tests", "deploy", "docs")


@pytest.fixture
def in_yaml_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current folder holds the YAML files that the documents define."""
    write_yaml_files(tmp_path)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_a_block_says_what_it_holds(block: Block) -> None:
    assert block.language in ("sh", "yaml", "python", "text"), "write it behind the first fence"
    if block.language == "python":
        row_of_a_table = block.text.startswith("    ")
        compile(f"{{{block.text}}}" if row_of_a_table else block.text, str(block), "exec")


@pytest.mark.usefixtures("in_yaml_folder")
@pytest.mark.parametrize(
    "block",
    [block for block in BLOCKS if block.language == "yaml" and not file_name(block)],
    ids=str,
)
def test_a_yaml_block_is_part_of_a_config(block: Block, tmp_path: Path) -> None:
    part = yaml.safe_load(block.text)
    whole = yaml.safe_load(CONFIG.read_text(encoding="utf-8")) | part
    path = tmp_path / "part.yaml"
    path.write_text(yaml.safe_dump(whole), encoding="utf-8")

    read_config(path)


def test_every_yaml_file_of_a_document_is_used_by_a_command() -> None:
    lines = [block.text for block in BLOCKS if block.language == "sh"]
    for block in BLOCKS:
        if name := file_name(block):
            assert any(name in line for line in lines), f"{block}: no command uses {name}"


KEY = (
    r"(data|labels|images|folds|train|tune|evaluate|push|beam|dask)"
    r"(\.(?!(md|py|txt|csv|json|yaml|npz|parquet)\b)[a-z_0-9]+)+((=|: ).*)?"
)


@pytest.mark.usefixtures("in_yaml_folder")
@pytest.mark.parametrize(("document", "code"), inline(KEY, DOCUMENTS))
def test_a_key_is_one_of_the_config(document: Path, code: str) -> None:
    del document
    key, separator, value = re.split(r"(=|: |$)", code, maxsplit=1)

    config = read_config(CONFIG, [f"{key}={value}"] if separator else [])
    path = key.replace("data.", "data.0.").replace("0.0.", "0.").split(".")
    reduce(lambda at, name: at[int(name)] if name.isdigit() else getattr(at, name), path, config)


PATH = rf"({'|'.join(FOLDERS)})/[\w./*-]*|[\w-]+\.(py|toml|lock)"


@pytest.mark.parametrize(("document", "code"), inline(PATH, DOCUMENTS))
def test_a_path_exists(document: Path, code: str) -> None:
    del document

    assert list(ROOT.glob(code.rstrip("/")))


@pytest.mark.parametrize(
    ("document", "code"), inline(r"[A-Z]\w+|[a-z]+(_[a-z]+)+", (ROOT / "docs" / "adding.md",))
)
def test_a_name_in_a_recipe_is_defined(document: Path, code: str) -> None:
    del document
    column = rf'pa\.field\("{code}"'
    definition = re.compile(rf"^\s*(((def|class) )?{code}(\(|:| = )|{column})", re.M)

    files = (path for name in FOLDERS for path in (ROOT / name).rglob("*.py"))
    assert any(definition.search(path.read_text(encoding="utf-8")) for path in files)


def anchors(document: Path) -> set[str]:
    """The anchors that GitHub gives to a document's headings."""
    headings = re.findall(r"^#+ (.*)$", document.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(document)):
        path, _, anchor = target.partition("#")
        assert not path.startswith("http"), f"{target}: a reader may have no network"
        linked = (document.parent / path).resolve() if path else document
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked), target


def test_every_dependency_has_its_reason_in_the_decisions() -> None:
    setup = (ROOT / "setup.py").read_text(encoding="utf-8")
    required = re.search(r"install_requires=\[(.*?)\n    \]", setup, re.S)
    decisions = (ROOT / "DECISIONS.md").read_text(encoding="utf-8")

    assert required
    names = re.findall(r'"([a-zA-Z0-9-]+)', required[1])
    assert len(names) > 20
    assert [name for name in names if not re.search(rf"`{name}\b", decisions)] == []


def test_the_readme_is_short_and_leads_to_every_guide() -> None:
    text = GUIDES[0].read_text(encoding="utf-8")

    assert len(text.splitlines()) < 130
    for guide in GUIDES[1:]:
        assert f"({guide.relative_to(ROOT)})" in text
