"""Prune keeps what the last good run names, and removes the rest."""

import json
from pathlib import Path

import pytest

from pipelines.local.run_folder import file_manifest
from pipelines.local.run_folder.layout import RunFolder, execution_folders
from pipelines.local.run_folder.lock import run_lock
from pipelines.local.run_folder.ownership import claim
from pipelines.local.run_folder.prune import prune
from schemas.errors import ConfigError

USED = ("FaceIngest/manifest/1", "Trainer/model/9")
UNUSED = ("FaceIngest/manifest/2", "Trainer/.system/executor_execution/9", "Trainer/model/3")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run folder with two used artifacts and three others of 10 bytes each."""
    root = tmp_path / "runs" / "demo"
    for name in (*USED, *UNUSED):
        path = root / "artifacts" / name
        (path / "below").mkdir(parents=True)
        (path / "below" / "file").write_bytes(b"0123456789")
        file_manifest.record(root / "artifacts", str(path))
    state = {"artifacts": [f"artifacts/{name}" for name in USED]}
    (root / "run.json").write_text(json.dumps(state))
    claim(RunFolder(root))
    return root


def left(folder: Path) -> set[str]:
    artifacts = folder / "artifacts"
    return {path.relative_to(artifacts).as_posix() for path in execution_folders(artifacts)}


def test_what_the_last_good_run_does_not_name_is_removed(folder: Path) -> None:
    pruned = prune(folder, dry_run=False)

    assert left(folder) == set(USED)
    assert {path.relative_to(folder / "artifacts").as_posix() for path in pruned.folders} == set(
        UNUSED
    )
    assert pruned.size == 30
    assert (folder / "run.json").exists()


def test_what_is_kept_stays_intact_and_what_is_gone_is_forgotten(folder: Path) -> None:
    prune(folder, dry_run=False)

    root = folder / "artifacts"
    assert file_manifest.matches(root, [str(root / name) for name in USED])
    assert len(list((root / ".inventory").iterdir())) == len(USED)


def test_a_folder_with_a_file_that_no_step_wrote_stays(folder: Path) -> None:
    model = folder / "artifacts" / "Trainer" / "model" / "3"
    (model / "below" / "notes.txt").write_text("mine")

    pruned = prune(folder, dry_run=False)

    assert pruned.added == {model: ["below/notes.txt"]}
    assert pruned.size == 20
    assert left(folder) == {*USED, "Trainer/model/3"}


def test_folders_and_links_of_no_step_stay(folder: Path) -> None:
    artifacts = folder / "artifacts"
    others = [artifacts / "mine" / "model" / "3", artifacts / "Trainer" / "model" / "mine"]
    for path in others:
        path.mkdir(parents=True)
    link = artifacts / "Trainer" / "model" / "4"
    link.symlink_to(others[0])

    prune(folder, dry_run=False)

    assert left(folder) == set(USED)
    assert link.is_symlink()
    assert all(path.is_dir() for path in others)


def test_a_folder_that_no_run_wrote_is_not_pruned(folder: Path) -> None:
    RunFolder(folder).marker.unlink()

    with pytest.raises(
        ConfigError, match=r"no run wrote .*expected a run folder.*Nothing was removed"
    ):
        prune(folder, dry_run=False)

    assert left(folder) == {*USED, *UNUSED}


def test_a_dry_run_tells_the_same_and_removes_nothing(folder: Path) -> None:
    planned = prune(folder, dry_run=True)

    assert left(folder) == {*USED, *UNUSED}
    assert planned == prune(folder, dry_run=False)


def test_what_interrupted_trainings_would_go_on_from_is_removed_and_counted(folder: Path) -> None:
    training = folder / "artifacts" / ".unfinished" / "0123456789abcdef"
    training.mkdir(parents=True)
    (training / "last").write_bytes(b"0" * 7)

    planned = prune(folder, dry_run=True)

    assert training in planned.folders
    assert planned.size == 37
    assert prune(folder, dry_run=False) == planned
    assert list((folder / "artifacts" / ".unfinished").iterdir()) == []
    assert left(folder) == set(USED)


def test_a_second_prune_finds_nothing(folder: Path) -> None:
    prune(folder, dry_run=False)

    assert prune(folder, dry_run=False) == ((), 0, {})


def test_a_relative_folder_is_the_same_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)

    prune(Path("demo"), dry_run=False)

    assert left(folder) == set(USED)


def test_without_a_good_run_nothing_is_removed(folder: Path) -> None:
    (folder / "run.json").unlink()

    with pytest.raises(ConfigError, match=r"has no good run \(no run\.json\).*Nothing was removed"):
        prune(folder, dry_run=False)
    assert left(folder) == {*USED, *UNUSED}


def test_a_folder_that_is_missing_is_an_error_and_stays_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="expected a run folder such as runs/demo"):
        prune(tmp_path / "none", dry_run=False)
    assert not (tmp_path / "none").exists()


def test_during_a_run_nothing_is_removed(folder: Path) -> None:
    with run_lock(folder), pytest.raises(ConfigError, match="is in use by process"):
        prune(folder, dry_run=False)

    assert left(folder) == {*USED, *UNUSED}
