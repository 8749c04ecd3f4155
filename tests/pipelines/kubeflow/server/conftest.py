"""A recording server, and an environment that names no other."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pipelines.kubeflow.server.recording_server import RecordingServer, serving


@pytest.fixture
def server(clean: None) -> Iterator[RecordingServer]:
    del clean
    with serving() as state:
        yield state


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither a server nor credentials in the environment."""
    for name in (
        "KF_PIPELINES_ENDPOINT",
        "KF_PIPELINES_SA_TOKEN_PATH",
        "KF_PIPELINES_IAP_OAUTH2_CLIENT_ID",
        "KUBERNETES_SERVICE_HOST",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """What the server takes for a package."""
    path = tmp_path / "pipeline.yaml"
    path.write_text("pipelineInfo: {name: adience-age}\nschemaVersion: 2.1.0\n")
    return path
