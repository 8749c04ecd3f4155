"""The serving folder: the next version, whole or absent."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tfx.dsl.io import fileio

from components.pusher.push import (
    PushedVersion,
    current_version,
    is_current,
    newest_version,
    push,
    write_beside,
)
from schemas.artifact_files import PUSHED_FILE
from tests.file_limit import file_limit

pytestmark = pytest.mark.tf

OWN = "/runs/demo/artifacts/Pusher/pushed"
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


def push_to(directory: Path, model: str, owner: str = OWN) -> str:
    """Push, and give the version's folder."""
    version = push(model, str(directory), owner, fileio).version
    assert version is not None
    return version


def retrain(model: str, graph: bytes) -> None:
    (Path(model) / "saved_model.pb").write_bytes(graph)


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


def test_a_pushed_model_is_whole_and_each_model_gets_its_version(
    model: str, tmp_path: Path
) -> None:
    directory = tmp_path / "deep" / "serving"

    first = push_to(directory, model)
    retrain(model, b"other")
    second = push_to(directory, model)

    assert [first, second] == [str(directory / "1"), str(directory / "2")]
    assert content_of(first) == FILES
    assert content_of(second) == FILES | {"saved_model.pb": b"other"}
    assert (directory / "2" / "empty").is_dir()
    assert sorted(os.listdir(directory)) == ["1", "2"]


def test_a_relative_folder_works_as_an_absolute_one(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert push_to(Path("serving"), os.path.relpath(model)) == "serving/1"
    assert content_of(tmp_path / "serving" / "1") == FILES


class KilledError(BaseException):
    """The process ends here."""


def kill_at(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """End the process at the second call of a file operation; nothing cleans up after it."""
    whole, calls = getattr(fileio, name), []

    def killed(*given: Any, **named: Any) -> Any:
        calls.append(given)
        if len(calls) > 1:
            raise KilledError
        return whole(*given, **named)

    def dead(*_: Any) -> None:
        raise KilledError

    monkeypatch.setattr(fileio, name, killed)
    monkeypatch.setattr(fileio, "rmtree", dead)


def test_what_a_killed_push_left_is_replaced_by_the_next_of_its_run(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tmp_path / "serving"
    for owner in (OWN, "/runs/other"):
        with monkeypatch.context() as patched:
            kill_at(patched, "copy")
            with pytest.raises(KilledError):
                push(model, str(directory), owner, fileio)
    (directory / ".1.unfinished").mkdir()
    before = set(os.listdir(directory))

    target = push_to(directory, model)

    assert content_of(target) == FILES
    assert len(before) == 3
    assert len(before - set(os.listdir(directory))) == 1  # The other run's and the user's stay.
    assert len(set(os.listdir(directory)) - before) == 1


def test_a_push_killed_before_its_record_gives_one_version(model: str, tmp_path: Path) -> None:
    first = push(model, str(tmp_path / "serving"), OWN, fileio)

    again = push(model, str(tmp_path / "serving"), OWN, fileio)

    assert again == first
    assert os.listdir(tmp_path / "serving") == ["1"]


@pytest.mark.parametrize(
    "change",
    [
        lambda version: (version / "saved_model.pb").write_bytes(b"grapb"),
        lambda version: (version / "saved_model.pb").write_bytes(b"gra"),
        lambda version: (version / "assets/a/b").unlink(),
        lambda version: version.rename(version.with_name("lost")),
        lambda version: (version.parent / "7").mkdir(),
    ],
    ids=["changed", "shorter", "lost", "gone", "newer"],
)
def test_a_version_that_is_not_as_pushed_is_pushed_again(
    model: str, tmp_path: Path, change: Callable[[Path], object]
) -> None:
    directory = tmp_path / "serving"
    version = push(model, str(directory), OWN, fileio)
    record(tmp_path, version)
    assert is_current(str(tmp_path), fileio)

    change(directory / "1")

    assert not is_current(str(tmp_path), fileio)
    again = push_to(directory, model)
    assert content_of(again) == FILES
    record(tmp_path, push(model, str(directory), OWN, fileio))
    assert is_current(str(tmp_path), fileio)


def record(folder: Path, version: PushedVersion) -> None:
    """Write the record as the Pusher does."""
    (folder / PUSHED_FILE).write_text(json.dumps(version._asdict()))


def test_warm_up_requests_beside_the_model_change_nothing(model: str, tmp_path: Path) -> None:
    version = push(model, str(tmp_path / "serving"), OWN, fileio)
    record(tmp_path, version)
    extra = tmp_path / "serving" / "1" / "assets.extra"
    extra.mkdir()
    (extra / "tf_serving_warmup_requests").write_bytes(b"requests")

    assert is_current(str(tmp_path), fileio)
    assert push(model, str(tmp_path / "serving"), OWN, fileio) == version


def test_a_file_written_beside_a_version_makes_no_new_one(model: str, tmp_path: Path) -> None:
    version = push(model, str(tmp_path / "serving"), OWN, fileio)
    for text in ("first", "second"):
        write_beside(str(version.version), "assets.extra/approval.json", text, fileio)

    assert push(model, str(tmp_path / "serving"), OWN, fileio) == version
    assert content_of(str(version.version)) == FILES | {"assets.extra/approval.json": b"second"}


def test_the_version_that_serves_a_model_is_the_newest_alone(model: str, tmp_path: Path) -> None:
    directory = str(tmp_path / "serving")
    assert current_version(model, directory, fileio) is None
    first = push_to(tmp_path / "serving", model)
    assert current_version(model, directory, fileio) == first

    (tmp_path / "serving" / "7").mkdir()

    assert current_version(model, directory, fileio) is None


def test_a_refused_model_is_current_without_a_version(tmp_path: Path) -> None:
    record(tmp_path, PushedVersion(None, {}))

    assert is_current(str(tmp_path), fileio)


@pytest.mark.parametrize("name", ["a[b]", "a*b", "a?b", "a\\b", "{a,b}", "%d #"])
def test_a_folder_whose_name_looks_like_a_pattern_is_a_folder(
    model: str, tmp_path: Path, name: str
) -> None:
    assert content_of(push_to(tmp_path / name, model)) == FILES
    retrain(model, b"other")
    assert push_to(tmp_path / name, model) == str(tmp_path / name / "2")


def test_a_push_that_fails_shows_no_version_and_keeps_the_others(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tmp_path / "serving"
    push_to(directory, model)
    retrain(model, b"other")
    copy = fileio.copy
    copied: list[str] = []

    def full(source: str, target: str, **given: Any) -> None:
        if copied:
            raise OSError(28, "No space left on device")
        copied.append(source)
        copy(source, target, **given)

    monkeypatch.setattr(fileio, "copy", full)
    with pytest.raises(OSError, match="No space left"):
        push_to(directory, model)
    monkeypatch.undo()

    assert [name for name in os.listdir(directory) if not name.startswith(".")] == ["1"]
    assert content_of(directory / "1") == FILES
    assert push_to(directory, model) == str(directory / "2")
    assert sorted(os.listdir(directory)) == ["1", "2"]


def test_a_full_disk_leaves_nothing_beside_the_versions(model: str, tmp_path: Path) -> None:
    directory = tmp_path / "serving"
    push_to(directory, model)
    retrain(model, b"a larger graph")

    with file_limit(10), pytest.raises(Exception, match="File too large"):
        push(model, str(directory), OWN, fileio)

    assert [path.name for path in directory.iterdir()] == ["1"]


def test_a_full_disk_leaves_no_half_of_a_file_beside_a_version(model: str, tmp_path: Path) -> None:
    version = push_to(tmp_path / "serving", model)

    with file_limit(10), pytest.raises(Exception, match="File too large"):
        write_beside(version, "assets.extra/approval.json", "more than ten bytes", fileio)

    assert content_of(version) == FILES
