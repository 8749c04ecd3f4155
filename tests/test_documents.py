"""Commands, configs, keys, paths and links of the documents are true.

A command runs as far as it can without data: `run` up to the check of its output folder, which
follows every check of names and precedes the data; `labels` runs whole on ten faces.
"""

import importlib.util
import itertools
import re
import shlex
from collections.abc import Callable, Iterator
from functools import reduce
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pytest
import yaml

from pipelines.cli import main
from pipelines.config.load import read_config
from pipelines.demo.pages import DEMO_YAML, HEADER
from pipelines.demo.plan import least_faces
from tests.repository import ROOT
from tests.repository import SOURCES as PACKAGES

GUIDES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "deploy" / "README.md")
DOCUMENTS = (*GUIDES, ROOT / "DECISIONS.md", ROOT / "CHANGELOG.md")
CONFIG = ROOT / "pipelines" / "configs" / "adience.yaml"
FOLDERS = (*PACKAGES, "tests", "deploy", "docs")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
MAKE_TARGETS = set(re.findall(r"^([a-z0-9-]+):", MAKEFILE, re.M))
MAKE_VARIABLES = set(re.findall(r"^([A-Z0-9_]+) \?=", MAKEFILE, re.M))


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


def commands() -> Iterator[object]:
    """Every line of every shell block, as a parameter."""
    for block in BLOCKS:
        if block.language == "sh":
            for offset, line in enumerate(block.text.splitlines()):
                place = block._replace(line=block.line + offset)
                yield pytest.param(line, id=f"{place} {line[:60]}")


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


def status(words: list[str]) -> int:
    """Exit status of a command, whether it returns or exits."""
    try:
        return main(words)
    except SystemExit as end:
        return int(end.code or 0)


@pytest.fixture(scope="module")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two small data sets in Adience's layout, in `.` and `demo/`, and the documents' own files."""
    folder = tmp_path_factory.mktemp("documents")
    write_faces(folder / "demo", "faces")
    write_faces(folder, "aligned")
    (folder / "demo" / "demo.yaml").write_text(DEMO_YAML, encoding="utf-8")
    (folder / "a_file").touch()
    for block in BLOCKS:
        if name := file_name(block):
            (folder / name).write_text(block.text, encoding="utf-8")
    return folder


def write_faces(folder: Path, images: str) -> None:
    """Ten faces in five folds; every image has its own grey level."""
    (folder / "folds").mkdir(parents=True)
    for fold in range(5):
        lines = ["\t".join(HEADER)]
        for row, gender in enumerate("mf"):
            user, photo = f"u{fold}{row}@N00", f"photo{row}.jpg"
            lines.append(f"{user}\t{photo}\t{fold}\t(25, 32)\t{gender}\t0\t0\t9\t9\t0\t0\t50")
            path = folder / images / user / f"landmark_aligned_face.{fold}.{photo}"
            path.parent.mkdir(parents=True)
            cv2.imwrite(str(path), np.full((32, 32, 3), 20 * (2 * fold + row), np.uint8))
        (folder / "folds" / f"fold_{fold}_data.txt").write_text("\n".join(lines) + "\n")


@pytest.fixture
def in_data_folder(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current folder of a reader who tries the documents."""
    monkeypatch.chdir(data_folder)


def file_name(block: Block) -> str | None:
    """The file that a YAML block names in its first line."""
    match = re.match(r"# (\S+\.yaml)\n", block.text)
    return match[1] if match and block.language == "yaml" else None


Check = Callable[[list[str], pytest.CaptureFixture[str]], None]


def check_run(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Flink's job server, which is the reader's own, is checked just before the output folder."""
    assert status([*words, "output=a_file"]) == 2
    assert re.search(r"output\b.* is a file|beam\.job_server is", capsys.readouterr().err)


def check_labels(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert status(words) == 0, capsys.readouterr().err


def check_demo(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert status([*words, "--faces", str(least_faces())]) == 0, capsys.readouterr().err


def check_compile(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert status([*words, "-o", "nowhere/pipeline.yaml"]) == 2
    assert "-o is 'nowhere/pipeline.yaml'" in capsys.readouterr().err


def check_review(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """tests/e2e/test_documented_use.py runs it on a run folder."""
    assert status(words) == 2
    assert "holds no review" in capsys.readouterr().err


def check_prune(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """tests/e2e/test_documented_use.py runs it on a run folder."""
    assert status(words) == 2
    assert "has no good run" in capsys.readouterr().err


def check_help(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A synopsis, or a command that needs TensorFlow: the options are those of its help."""
    named = list(itertools.takewhile(lambda word: re.fullmatch("[a-z]+", word), words))
    assert status([*named, "--help"]) == 0, f"there is no command {' '.join(named)!r}"
    offered = re.findall(r"(?<!\w)--?[a-z][a-z-]*", capsys.readouterr().out)
    options = [option for word in words for option in re.findall(r"^\[?(--?[a-z][a-z-]*)", word)]
    assert set(options) <= set(offered)


FACEFOLD: dict[str, Check] = {
    "demo": check_demo,
    "labels": check_labels,
    "run": check_run,
    "review": check_review,
    "prune": check_prune,
    "models": check_help,  # tests/pipelines/cli/test_models.py runs it.
    "kubeflow compile": check_compile,  # tests/pipelines/kubeflow/test_compile.py runs it.
    "--help": check_help,
    "--version": check_help,  # tests/pipelines/cli/test_cli.py runs it.
}


def check_facefold(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    if any(word.startswith("[") or word.isupper() for word in words):
        check_help(words, capsys)
        return
    for length in (2, 1):
        if check := FACEFOLD.get(" ".join(words[:length])):
            check(words, capsys)
            return
    pytest.fail(f"no check for `facefold {' '.join(words)}`: add one to FACEFOLD in {__file__}")


def check_make(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    del capsys
    targets = {word for word in words if "=" not in word}
    assert targets
    assert targets <= MAKE_TARGETS
    assert {word.partition("=")[0] for word in set(words) - targets} <= MAKE_VARIABLES


def check_docker(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    del capsys
    assert words[0] == "build"
    assert (ROOT / words[words.index("-f") + 1]).is_file()


def check_python(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """The module is there; it is not imported."""
    del capsys
    assert words[0] == "-m"
    package, *rest = words[1].split(".")
    spec = importlib.util.find_spec(package)
    assert spec
    assert spec.origin
    assert Path(spec.origin).parent.joinpath(*rest).with_suffix(".py").is_file()


PROGRAMS: dict[str, Check] = {
    "facefold": check_facefold,
    "make": check_make,
    "docker": check_docker,
    "python": check_python,
}


@pytest.mark.usefixtures("in_data_folder")
@pytest.mark.parametrize("line", commands())
def test_a_command_works(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    program, *words = shlex.split(line, comments=True)

    assert program in PROGRAMS, f"no check for {program!r}: add one to PROGRAMS in {__file__}"
    PROGRAMS[program](words, capsys)


@pytest.mark.parametrize(("document", "code"), inline(r"(facefold|make) .*", DOCUMENTS))
def test_a_command_in_a_sentence_exists(
    document: Path, code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    del document
    program, *words = code.split()

    if program == "make":
        check_make(words, capsys)
    else:
        check_help(words, capsys)


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_a_block_says_what_it_holds(block: Block) -> None:
    assert block.language in ("sh", "yaml", "python", "text"), "write it behind the first fence"
    if block.language == "python":
        row_of_a_table = block.text.startswith("    ")
        compile(f"{{{block.text}}}" if row_of_a_table else block.text, str(block), "exec")


@pytest.mark.usefixtures("in_data_folder")
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


@pytest.mark.usefixtures("in_data_folder")
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
    definition = re.compile(rf"^\s*((def|class) )?{code}(\(|:| = )", re.M)

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
