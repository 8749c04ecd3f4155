"""Files are whole or absent."""

from pathlib import Path

import pytest

from schemas.errors import ConfigError
from schemas.files import atomic_path, atomic_write, read_json


def test_a_text_replaces_the_old_one_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "sub" / "a.json"

    for text in ("one", "zwei ä"):
        atomic_write(path, text)

    assert path.read_bytes() == "zwei ä".encode()
    assert list(path.parent.iterdir()) == [path]


def test_a_failed_write_leaves_the_old_text(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    atomic_write(path, "old")

    with pytest.raises(UnicodeEncodeError):
        atomic_write(path, "\ud800")

    assert path.read_text() == "old"


def test_an_error_leaves_neither_the_file_nor_its_temporary_one(tmp_path: Path) -> None:
    def fail() -> None:
        with atomic_path(tmp_path / "a") as unfinished:
            unfinished.write_text("half")
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        fail()

    assert list(tmp_path.iterdir()) == []


def test_a_file_is_not_there_before_it_is_whole(tmp_path: Path) -> None:
    with atomic_path(tmp_path / "a") as unfinished:
        unfinished.write_text("whole")
        before = (tmp_path / "a").exists()

    assert not before
    assert (tmp_path / "a").read_text() == "whole"


@pytest.mark.parametrize("text", ["{", "[]", "{}", "1"])
def test_a_damaged_json_file_is_a_config_error_that_names_it(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text)

    with pytest.raises(ConfigError, match=r"run\.json is damaged, .* 'artifacts'"):
        read_json(tmp_path / "run.json", "artifacts")
