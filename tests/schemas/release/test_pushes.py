"""The log of pushes."""

import os
from pathlib import Path

import pytest

from schemas.errors import DataError
from schemas.release import pushes
from schemas.release.model_hash import model_hash
from schemas.release.pushes import Push
from tests.file_limit import file_limit
from tests.schemas.release.disk import Disk

CLASSES = {"gender": ["m", "f"]}


def a_push(model: str, version: str = "serving/1") -> Push:
    return Push(version, model, "2026-01-01T00:00:00+00:00", CLASSES)


@pytest.fixture
def faces(tmp_path: Path) -> str:
    path = tmp_path / "faces.parquet"
    path.write_bytes(b"faces")
    return str(path)


def test_pushes_are_read_in_their_order_with_the_faces_of_each(tmp_path: Path, faces: str) -> None:
    directory = str(tmp_path / "serving")
    for model in "ab":
        pushes.append(directory, a_push(model), faces, Disk)

    log = pushes.read_log(directory, Disk)

    assert log == [a_push("a"), a_push("b")]
    assert Path(pushes.faces_path(directory, log[0])).read_bytes() == b"faces"
    assert not [name for name in os.listdir(tmp_path / "serving" / ".pushes") if "unf" in name]


def test_the_same_push_is_logged_once(tmp_path: Path, faces: str) -> None:
    directory = str(tmp_path / "serving")
    for _ in range(2):
        pushes.append(directory, a_push("a"), faces, Disk)
    pushes.append(directory, a_push("a", "serving/2"), faces, Disk)

    assert [push.version for push in pushes.read_log(directory, Disk)] == ["serving/1", "serving/2"]


def test_a_full_disk_leaves_the_old_log_alone(tmp_path: Path, faces: str) -> None:
    directory = tmp_path / "serving"
    pushes.append(str(directory), a_push("a"), faces, Disk)
    log = directory / pushes.FOLDER / pushes.LOG_FILE
    before = log.read_bytes()

    with file_limit(len(before)), pytest.raises(OSError, match="File too large"):
        pushes.append(str(directory), a_push("b"), faces, Disk)

    assert log.read_bytes() == before
    assert not list(directory.rglob("*.unfinished"))


def test_a_model_is_compared_with_the_last_other_one() -> None:
    log = [a_push("a"), a_push("b"), a_push("c"), a_push("c", "serving/4")]

    assert pushes.last_other(log, "c") == a_push("b")
    assert pushes.last_other(log, "new") == log[-1]
    assert pushes.last_other([a_push("a")], "a") is None
    assert pushes.last_other([], "a") is None


GOOD = '{"version": "1", "model": "a", "date": "d", "classes": {"age": ["0-2"]}}'


@pytest.mark.parametrize(
    "line",
    [
        b"{", b"[1]", b'{"version": "1"}', b"\xff", b"[" * 200_000,
        GOOD.replace('"a"', '"../../x"').encode(), GOOD.replace('"d"', "5").encode(),
        GOOD.replace('{"age": ["0-2"]}', "[]").encode(), GOOD.replace('["0-2"]', "7").encode(),
    ],
)  # fmt: skip
def test_a_damaged_line_is_named(line: bytes, tmp_path: Path, faces: str) -> None:
    directory = tmp_path / "serving"
    pushes.append(str(directory), a_push("a"), faces, Disk)
    log = directory / ".pushes" / "pushes.jsonl"
    log.write_bytes(log.read_bytes() + line + b"\n")

    with pytest.raises(DataError, match=r"pushes\.jsonl:2 is damaged.*Remove that line"):
        pushes.read_log(str(directory), Disk)


def test_an_empty_line_of_the_log_is_passed_over(tmp_path: Path) -> None:
    log = tmp_path / ".pushes" / "pushes.jsonl"
    log.parent.mkdir()
    log.write_text(f"\n{GOOD}\n\n")

    assert [push.model for push in pushes.read_log(str(tmp_path), Disk)] == ["a"]


@pytest.mark.parametrize("place", [".pushes/pushes.jsonl/x", ".pushes"])
def test_something_else_in_place_of_the_log_is_an_error(place: str, tmp_path: Path) -> None:
    (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / place).write_text("")

    with pytest.raises(DataError, match=r"expected the log of pushes in a folder \.pushes"):
        pushes.read_log(str(tmp_path), Disk)


def test_a_folder_without_a_log_has_no_push(tmp_path: Path) -> None:
    assert pushes.read_log(str(tmp_path), Disk) == []


def test_the_hash_of_a_model_is_of_names_and_bytes(tmp_path: Path) -> None:
    hashes = set()
    for number, (name, content) in enumerate([("a/b", b"x"), ("a/c", b"x"), ("a/b", b"y")]):
        path = tmp_path / str(number) / name
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        hashes.add(model_hash(str(tmp_path / str(number)), Disk))
    (tmp_path / "copy" / "a").mkdir(parents=True)
    (tmp_path / "copy" / "a" / "b").write_bytes(b"x")

    assert len(hashes) == 3
    assert model_hash(str(tmp_path / "copy"), Disk) == model_hash(str(tmp_path / "0"), Disk)
