"""A run replaces and removes files only where a run has written."""

import sqlite3
from pathlib import Path

import pytest

from pipelines.local.run_folder.layout import RunFolder
from pipelines.local.run_folder.lock import run_lock
from pipelines.local.run_folder.ownership import check_ours, claim
from schemas.errors import ConfigError

REPLACED = (
    "metadata.db",
    "artifacts",
    "inputs",
    "review",
    "sweep",
    "curves",
    "run.json",
    "whole_run.json",
)


def put(folder: Path, name: str) -> Path:
    """A file of another program; below the name if it has no ending."""
    path = folder / name if "." in name else folder / name / "precious.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("of another program")
    return path


@pytest.mark.parametrize("name", REPLACED)
def test_what_no_run_wrote_is_refused_by_its_path(tmp_path: Path, name: str) -> None:
    path = put(tmp_path, name)

    with pytest.raises(ConfigError, match="no run wrote") as caught:
        check_ours(RunFolder(tmp_path))

    assert str(tmp_path / name) in str(caught.value)
    assert path.read_text() == "of another program"


@pytest.mark.parametrize("name", REPLACED)
def test_a_marked_folder_is_a_run_s(tmp_path: Path, name: str) -> None:
    folder = RunFolder(tmp_path)
    claim(folder)
    put(tmp_path, name)

    check_ours(folder)


def test_a_dangling_link_of_another_program_is_refused(tmp_path: Path) -> None:
    (tmp_path / "artifacts").symlink_to(tmp_path / "unmounted")

    with pytest.raises(ConfigError, match="artifacts exists"):
        check_ours(RunFolder(tmp_path))


@pytest.mark.parametrize(("content", "ours"), [("", True), ("4711", True), ("mine\n", False)])
def test_a_lock_of_another_program_is_refused(tmp_path: Path, content: str, ours: bool) -> None:
    (tmp_path / "lock").write_text(content)

    if ours:
        check_ours(RunFolder(tmp_path))
    else:
        with pytest.raises(ConfigError, match="lock exists"):
            check_ours(RunFolder(tmp_path))
    assert (tmp_path / "lock").read_text() == content


def test_other_files_and_empty_folders_are_no_hindrance(tmp_path: Path) -> None:
    for name in ("notes.txt", "folds", "labels", "logs", "serving_model"):
        put(tmp_path, name)
    (tmp_path / "artifacts").mkdir()

    with run_lock(tmp_path):
        check_ours(RunFolder(tmp_path))
    check_ours(RunFolder(tmp_path / "new"))


@pytest.mark.parametrize(("type_name", "ours"), [("schemas.Manifest", True), ("Schema", False)])
def test_a_store_is_ours_if_it_knows_our_artifacts(
    tmp_path: Path, type_name: str, ours: bool
) -> None:
    put(tmp_path, "artifacts")
    with sqlite3.connect(tmp_path / "metadata.db") as store:  # As MLMD stores its types.
        store.execute("CREATE TABLE Type (id INT, name VARCHAR(255), type_kind INT)")
        store.execute("INSERT INTO Type VALUES (1, ?, 1)", (type_name,))
    store.close()

    if ours:
        check_ours(RunFolder(tmp_path))
    else:
        with pytest.raises(ConfigError, match=r"metadata\.db exists"):
            check_ours(RunFolder(tmp_path))
