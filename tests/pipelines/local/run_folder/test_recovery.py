"""A damaged or missing MLMD store."""

from pathlib import Path

import pytest

from pipelines.local.run_folder import file_manifest
from pipelines.local.run_folder.layout import RunFolder
from pipelines.local.run_folder.recovery import recover
from schemas.errors import ConfigError

pytestmark = pytest.mark.tf


def test_a_damaged_store_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "metadata.db").write_text("no database at all, but long enough to be read" * 50)

    with pytest.raises(ConfigError, match=r"metadata\.db is no MLMD store"):
        recover(RunFolder(tmp_path))


def test_without_a_store_nothing_old_lies_where_a_new_one_counts(tmp_path: Path) -> None:
    (tmp_path / "artifacts" / "Trainer" / "model" / "1").mkdir(parents=True)
    (tmp_path / "artifacts" / ".unfinished" / "0123").mkdir(parents=True)
    (tmp_path / "artifacts" / ".inventory").mkdir(parents=True)
    others = ("serving_model/1", "artifacts/mine/model/1", "artifacts/Trainer/model/mine")
    for name in others:
        (tmp_path / name).mkdir(parents=True)

    recover(RunFolder(tmp_path))

    artifacts = tmp_path / "artifacts"
    assert not (artifacts / "Trainer" / "model" / "1").exists()
    assert not list(artifacts.glob(".*"))
    assert all((tmp_path / name).is_dir() for name in others)


def test_a_file_that_no_step_wrote_is_not_removed_with_its_artifact(tmp_path: Path) -> None:
    model = tmp_path / "artifacts" / "Trainer" / "model" / "1"
    model.mkdir(parents=True)
    file_manifest.record(tmp_path / "artifacts", str(model))
    (model / "notes.txt").write_text("mine")

    with pytest.raises(ConfigError, match=r"no step wrote .*1/notes\.txt\. Move it away"):
        recover(RunFolder(tmp_path))

    assert (model / "notes.txt").read_text() == "mine"


def test_temporary_files_of_a_killed_run_alone_are_removed(tmp_path: Path) -> None:
    names = (".notes.unfinished", "mine/.index.html.17.unfinished", "review/a.17.unfinished")
    kept = [tmp_path / name for name in names]
    for path in kept:
        path.parent.mkdir(exist_ok=True)
        path.write_text("mine")
    left = tmp_path / "review" / ".index.html.17.unfinished"
    left.write_text("half")

    recover(RunFolder(tmp_path))

    assert not left.exists()
    assert all(path.read_text() == "mine" for path in kept)
