"""Folders are checked before a run writes anything."""

import os
from pathlib import Path

import pytest

from pipelines.config.checks.data_checks import check_push
from pipelines.local.folder_checks import check_local_folder, check_no_pattern, check_push_folder
from pipelines.local.run_folder.layout import RunFolder
from schemas.config.blocks import Config, PushConfig
from schemas.errors import ConfigError


def check(folder: Path, directory: str) -> None:
    """Both checks of `push.directory`, in the order of a run."""
    check_push(Config("a", (), push=PushConfig(directory)))
    check_push_folder(directory, RunFolder(folder))


def push_error(folder: Path, directory: str) -> str:
    with pytest.raises(ConfigError) as caught:
        check(folder, directory)
    return str(caught.value)


@pytest.mark.parametrize("directory", ["serving_model", "a/../b", "new/deep", "gs://bucket/models"])
def test_a_folder_below_the_run_folder_or_in_a_bucket_is_fine(
    tmp_path: Path, directory: str
) -> None:
    check(tmp_path / "runs" / "demo", directory)

    assert list(tmp_path.iterdir()) == []


def test_an_absolute_folder_elsewhere_is_fine(tmp_path: Path) -> None:
    check_push_folder(str(tmp_path / "models"), RunFolder(tmp_path / "runs" / "demo"))


@pytest.mark.parametrize(
    ("directory", "message"),
    [
        ("../models", "expected a folder in the run folder"),
        ("a/../../models", "expected a folder in the run folder"),
        ("..", "expected a folder in the run folder"),
        ("~/models", "Write the absolute path"),
        ("ftp://host/models", "whose scheme 'ftp' TensorFlow cannot open"),
        ("s3://bucket/models", "whose scheme 's3' TensorFlow cannot open"),
        ("file:///models", "whose scheme 'file' TensorFlow cannot open"),
        ("a\0b", "a NUL byte"),
        ("a\ud800b", "surrogates not allowed"),
        ("x" * 256, "more than 255 bytes"),
        ("artifacts", "artifacts holds what the run itself writes"),
        ("a/../artifacts/Trainer", "artifacts holds what the run itself writes"),
        ("review", "review holds what the run itself writes"),
        ("lock", "lock holds what the run itself writes"),
        (".facefold/models", ".facefold holds what the run itself writes"),
        ("file", "file is a file, expected a folder"),
        ("file/below", "file is a file, expected a folder"),
        ("link", "link is a link to nothing"),
    ],
)
def test_a_folder_that_cannot_be_pushed_to_is_an_error(
    tmp_path: Path, directory: str, message: str
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "nothing")

    text = push_error(tmp_path, directory)

    assert text.startswith("push.directory")
    assert message in text


def test_a_file_system_that_takes_no_files_is_an_error(tmp_path: Path) -> None:
    assert "/proc may not be written" in push_error(tmp_path, "/proc/models")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)

    assert "may not be written" in push_error(tmp_path, "closed/models")


@pytest.mark.parametrize("name", ["a[b", "a]b", "a*", "a?"])
def test_a_run_folder_that_beam_reads_as_a_pattern_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / "link").symlink_to(tmp_path / name)

    for folder in (tmp_path / name / "new", tmp_path / "link"):
        with pytest.raises(ConfigError, match=r"which Beam reads as a pattern"):
            check_no_pattern("output", folder)


def test_a_link_whose_name_looks_like_a_pattern_is_its_target(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "a[b]").symlink_to(tmp_path / "plain")

    check_no_pattern("output", tmp_path / "a[b]" / "new")


def test_a_uri_is_no_local_folder() -> None:
    with pytest.raises(ConfigError, match=r"--export: 'gs://b/c' is a URI \(gs\)"):
        check_local_folder("--export", "gs://b/c")
