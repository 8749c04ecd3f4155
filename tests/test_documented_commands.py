"""Commands of the documents work as far as they can without data.

`run` runs up to the check of its output folder, which follows every check of names and precedes
the data; `labels` runs whole on ten faces. A new command needs a row of FACEFOLD.
"""

import importlib.util
import itertools
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from pipelines.cli import STATUSES, main
from pipelines.demo.pages import DEMO_YAML, HEADER
from pipelines.demo.plan import least_faces
from tests.documents import BLOCKS, DOCUMENTS, inline, write_yaml_files
from tests.repository import ROOT

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
MAKE_TARGETS = set(re.findall(r"^([a-z0-9-]+):", MAKEFILE, re.M))
MAKE_VARIABLES = set(re.findall(r"^([A-Z0-9_]+) \?=", MAKEFILE, re.M))


def commands() -> Iterator[object]:
    """Every line of every shell block, as a parameter."""
    for block in BLOCKS:
        if block.language == "sh":
            for offset, line in enumerate(block.text.splitlines()):
                place = block._replace(line=block.line + offset)
                yield pytest.param(line, id=f"{place} {line[:60]}")


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
    write_yaml_files(folder)
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


Check = Callable[[list[str], pytest.CaptureFixture[str]], None]


def check_run(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """The reader's own job server and worker pool are checked just before the output folder."""
    assert status([*words, "output=a_file"]) == 2
    expected = r"output\b.* is a file|beam\.(job_server|worker_pool) is"
    assert re.search(expected, capsys.readouterr().err)


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
    "approve": check_review,  # tests/e2e/test_review_run.py runs it on a run folder.
    "prune": check_prune,
    "models": check_help,  # tests/pipelines/cli/test_models.py runs it.
    "kubeflow compile": check_compile,  # tests/pipelines/kubeflow/test_compile.py runs it.
    # tests/pipelines/kubeflow/server/test_commands.py runs them.
    **{
        f"kubeflow {name}": check_help
        for name in ("submit", "schedule", "schedules", "pause", "resume", "delete")
    },
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
    action, *rest = words
    assert (action, len(rest)) == ("push", 1)


def check_kubectl(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    del capsys
    assert words[:2] == ["apply", "-f"]
    assert (ROOT / words[2]).is_file()


def check_python(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """The module is there; it is not imported."""
    del capsys
    assert words[0] == "-m"
    package, *rest = words[1].split(".")
    spec = importlib.util.find_spec(package)
    assert spec
    assert spec.origin
    module = Path(spec.origin).parent.joinpath(*rest)
    assert module.with_suffix(".py").is_file() or (module / "__main__.py").is_file()


PROGRAMS: dict[str, Check] = {
    "facefold": check_facefold,
    "make": check_make,
    "docker": check_docker,
    "kubectl": check_kubectl,
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


@pytest.mark.parametrize("document", ["README.md", "docs/runs.md"])
def test_exit_statuses_are_those_of_the_help(document: str) -> None:
    text = " ".join((ROOT / document).read_text(encoding="utf-8").split())

    assert f"Exit status: {STATUSES}." in text
