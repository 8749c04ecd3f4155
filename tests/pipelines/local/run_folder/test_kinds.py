"""What stands in the place of a run folder's files and folders."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.local.run_folder.layout import RunFolder, check_kinds
from schemas.errors import ConfigError

FILES = ("lock", "metadata.db", "run.json", "whole_run.json", ".facefold")
FOLDERS = ("artifacts", "inputs", "logs", "review", "sweep", "curves")


@pytest.mark.parametrize(
    ("names", "make", "kind"),
    [
        (FILES, os.mkdir, "file"),
        (FILES, os.mkfifo, "file"),
        (FILES, lambda path: os.symlink("nowhere", path), "file"),
        (FOLDERS, os.mkfifo, "folder"),
        (FOLDERS, lambda path: Path(path).touch(), "folder"),
        (FOLDERS, lambda path: os.symlink("nowhere", path), "folder"),
        (FOLDERS, lambda path: os.symlink(path, path), "folder"),
    ],
    ids=[
        "folders",
        "FIFOs",
        "dangling links",
        "FIFOs",
        "files",
        "dangling links",
        "circular links",
    ],
)
def test_what_is_no_file_or_folder_of_a_run_is_named(
    names: tuple[str, ...], make: Callable[[str], None], kind: str, tmp_path: Path
) -> None:
    for name in names:
        path = tmp_path / name
        make(str(path))

        with pytest.raises(ConfigError, match=f"{path} is no {kind}, expected the {kind} of a run"):
            check_kinds(RunFolder(tmp_path))

        (path.rmdir if path.is_dir() and not path.is_symlink() else path.unlink)()


def test_files_and_folders_of_a_run_pass_links_to_such_too(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "file").touch()
    check_kinds(RunFolder(tmp_path / "new"))

    for name in FILES:
        (tmp_path / name).symlink_to(tmp_path / "elsewhere" / "file")
    for name in FOLDERS:
        (tmp_path / name).symlink_to(tmp_path / "elsewhere")

    check_kinds(RunFolder(tmp_path))
