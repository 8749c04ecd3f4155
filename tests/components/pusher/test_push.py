"""The serving folder: the next version, whole or absent."""

import os
from pathlib import Path
from typing import Any

import pytest
from tfx.dsl.io import fileio

from components.pusher.push import newest_version, push

pytestmark = pytest.mark.tf

FILES = {"saved_model.pb": b"graph", "variables/variables.index": b"index", "assets/a/b": b""}


@pytest.fixture
def model(tmp_path: Path) -> str:
    """A folder in the form of a SavedModel."""
    for name, content in FILES.items():
        path = tmp_path / "model" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (tmp_path / "model" / "empty").mkdir()
    return str(tmp_path / "model")


def content_of(folder: str | Path) -> dict[str, bytes]:
    root = Path(folder)
    paths = sorted(path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        ([], 0),
        (["1"], 1),
        (["9", "10"], 10),
        (["3/", "7/"], 7),
        (["latest", ".2.unfinished", "-5", "1.5", ""], 0),
        (["1700000000", "2"], 1_700_000_000),
        (["²"], 0),
    ],
)
def test_the_newest_version_is_the_largest_number(names: list[str], wanted: int) -> None:
    assert newest_version(names) == wanted


def test_a_pushed_model_is_whole_and_each_push_gets_its_version(model: str, tmp_path: Path) -> None:
    directory = tmp_path / "deep" / "serving"

    versions = [push(model, str(directory), fileio) for _ in range(2)]

    assert versions == [str(directory / "1"), str(directory / "2")]
    assert content_of(directory / "1") == content_of(directory / "2") == FILES
    assert (directory / "2" / "empty").is_dir()
    assert sorted(os.listdir(directory)) == ["1", "2"]


def test_a_relative_folder_works_as_an_absolute_one(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert push(os.path.relpath(model), "serving", fileio) == "serving/1"
    assert content_of(tmp_path / "serving" / "1") == FILES


def test_what_a_killed_push_left_is_replaced(model: str, tmp_path: Path) -> None:
    left = tmp_path / "serving" / ".1.unfinished"
    (left / "variables").mkdir(parents=True)
    (left / "variables" / "old").write_bytes(b"half")

    target = push(model, str(tmp_path / "serving"), fileio)

    assert content_of(target) == FILES
    assert os.listdir(tmp_path / "serving") == ["1"]


def test_a_push_that_fails_shows_no_version_and_keeps_the_others(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tmp_path / "serving"
    push(model, str(directory), fileio)
    copy = fileio.copy
    copied: list[str] = []

    def full(source: str, target: str, **given: Any) -> None:
        if copied:
            raise OSError(28, "No space left on device")
        copied.append(source)
        copy(source, target, **given)

    monkeypatch.setattr(fileio, "copy", full)
    with pytest.raises(OSError, match="No space left"):
        push(model, str(directory), fileio)
    monkeypatch.undo()

    assert [name for name in os.listdir(directory) if not name.startswith(".")] == ["1"]
    assert content_of(directory / "1") == FILES
    assert push(model, str(directory), fileio) == str(directory / "2")
    assert sorted(os.listdir(directory)) == ["1", "2"]
