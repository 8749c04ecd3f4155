"""A damaged or missing MLMD store."""

from pathlib import Path

import pytest

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
    (tmp_path / "serving_model" / "1").mkdir(parents=True)

    recover(RunFolder(tmp_path))

    assert not (tmp_path / "artifacts").exists()
    assert (tmp_path / "serving_model" / "1").is_dir()


def test_temporary_files_of_a_killed_run_are_removed(tmp_path: Path) -> None:
    left = tmp_path / "review" / ".index.html.17.unfinished"
    left.parent.mkdir()
    left.write_text("half")

    recover(RunFolder(tmp_path))

    assert not left.exists()
