"""What TensorFlow finds in the environment."""

import os
import tempfile
from pathlib import Path

import pytest

from pipelines.process_environment import set_environment


def test_keras_3_and_onednn_are_switched_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_USE_LEGACY_KERAS", "1")
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "")  # So that it is gone after the test, too.
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS")

    set_environment()

    assert os.environ["TF_USE_LEGACY_KERAS"] == "0"
    assert os.environ["TF_ENABLE_ONEDNN_OPTS"] == "1"


def test_a_switch_for_onednn_that_is_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_USE_LEGACY_KERAS", "0")
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")

    set_environment()

    assert os.environ["TF_ENABLE_ONEDNN_OPTS"] == "0"


def test_a_user_without_a_home_folder_gets_the_temporary_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("HOME", "~")  # What is left of `~` for a user number without a name.

    set_environment()

    assert Path.home() == tmp_path


def test_a_home_folder_stays(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))

    set_environment()

    assert Path.home() == tmp_path
