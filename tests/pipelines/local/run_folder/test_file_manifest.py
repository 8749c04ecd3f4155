"""A file manifest matches only unchanged files."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.local.run_folder import file_manifest


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    """A recorded artifact with a file at the top and one below."""
    folder = tmp_path / "artifacts" / "Trainer" / "model" / "7"
    (folder / "Format-Serving").mkdir(parents=True)
    (folder / "a.txt").write_text("abc")
    (folder / "Format-Serving" / "b.txt").write_text("")
    file_manifest.record(tmp_path / "artifacts", str(folder))
    return folder


def matches(artifact: Path) -> bool:
    return file_manifest.matches(artifact.parents[2], [str(artifact)])


def test_unchanged_files_match(artifact: Path) -> None:
    assert matches(artifact)


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
def test_changed_files_do_not_match(artifact: Path, change: Callable[[Path], object]) -> None:
    change(artifact)

    assert not matches(artifact)


def test_an_unrecorded_artifact_does_not_match(artifact: Path) -> None:
    other = artifact.with_name("8")
    other.mkdir()

    assert not matches(other)
    assert not file_manifest.matches(artifact.parents[2], [str(artifact), str(other)])


def test_a_removed_manifest_does_not_match_and_may_be_removed_twice(artifact: Path) -> None:
    for _ in range(2):
        file_manifest.remove(artifact.parents[2], artifact)

    assert not matches(artifact)


def test_a_moved_run_folder_keeps_its_manifests(
    artifact: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    below = artifact.relative_to(tmp_path)
    moved = tmp_path / "moved"
    moved.mkdir()
    shutil.move(tmp_path / "artifacts", moved)

    monkeypatch.chdir(moved)

    assert file_manifest.matches(Path("artifacts"), [str(below)])


def test_manifests_are_no_execution_folders(artifact: Path) -> None:
    from pipelines.local.run_folder.layout import execution_folders

    assert list(execution_folders(artifact.parents[2])) == [artifact]


def test_a_damaged_manifest_does_not_match(artifact: Path) -> None:
    [manifest] = artifact.parents[2].rglob(".inventory/*.json")
    manifest.write_text("{")

    assert not matches(artifact)
