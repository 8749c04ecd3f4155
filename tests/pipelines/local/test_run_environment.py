"""What TensorFlow finds in the environment."""

import os

import pytest

from pipelines.local.run import set_environment


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
