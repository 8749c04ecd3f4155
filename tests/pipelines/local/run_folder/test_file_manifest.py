"""A step's files are trusted only as long as they are what was noted."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.local.run_folder import file_manifest


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    """A noted artifact with a file at the top and one below."""
    folder = tmp_path / "artifacts" / "Trainer" / "model" / "7"
    (folder / "Format-Serving").mkdir(parents=True)
    (folder / "a.txt").write_text("abc")
    (folder / "Format-Serving" / "b.txt").write_text("")
    file_manifest.record(tmp_path / "artifacts", str(folder))
    return folder


def intact(artifact: Path) -> bool:
    return file_manifest.matches(artifact.parents[2], [str(artifact)])


def test_what_was_noted_and_not_touched_is_intact(artifact: Path) -> None:
    assert intact(artifact)


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "a.txt").unlink(),
        lambda folder: (folder / "a.txt").write_text("ab"),
        lambda folder: (folder / "a.txt").rename(folder / "c.txt"),
        lambda folder: (folder / "Format-Serving" / "b.txt").unlink(),
        lambda folder: (folder / "new.txt").write_text(""),
        shutil.rmtree,
    ],
    ids=["gone", "shorter", "renamed", "gone below", "new", "folder gone"],
)
def test_a_change_of_the_files_is_noticed(artifact: Path, change: Callable[[Path], object]) -> None:
    change(artifact)

    assert not intact(artifact)


def test_what_was_never_noted_is_not_intact(artifact: Path) -> None:
    other = artifact.with_name("8")
    other.mkdir()

    assert not intact(other)
    assert not file_manifest.matches(artifact.parents[2], [str(artifact), str(other)])


def test_a_forgotten_note_is_not_intact_and_may_be_forgotten_twice(artifact: Path) -> None:
    for _ in range(2):
        file_manifest.remove(artifact.parents[2], artifact)

    assert not intact(artifact)


def test_a_moved_run_folder_keeps_its_notes(
    artifact: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    below = artifact.relative_to(tmp_path)
    moved = tmp_path / "moved"
    moved.mkdir()
    shutil.move(tmp_path / "artifacts", moved)

    monkeypatch.chdir(moved)

    assert file_manifest.matches(Path("artifacts"), [str(below)])


def test_no_step_is_found_in_the_notes(artifact: Path) -> None:
    from pipelines.local.run_folder.layout import execution_folders

    assert list(execution_folders(artifact.parents[2])) == [artifact]


def test_a_damaged_note_is_not_intact(artifact: Path) -> None:
    [note] = artifact.parents[2].rglob(".inventory/*.json")
    note.write_text("{")

    assert not intact(artifact)
