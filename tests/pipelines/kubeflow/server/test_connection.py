"""Which server, with whose credentials; each failure in one line."""

import json
import socket
from pathlib import Path

import kfp_server_api as api
import pytest

from pipelines.kubeflow.server.connection import Access, check_access, connect
from pipelines.kubeflow.server.transport import ServerError
from schemas.errors import ConfigError
from tests.pipelines.kubeflow.server.recording_server import RecordingServer, plain

EXPERIMENTS = ("GET", "/experiments")


def access(server: RecordingServer, token: str | None = None, *, insecure: bool = False) -> Access:
    return Access(server.host, token, insecure=insecure)


@pytest.mark.usefixtures("clean")
def test_without_a_server_the_command_says_how_to_name_one() -> None:
    with pytest.raises(ConfigError, match="set --host or KF_PIPELINES_ENDPOINT"):
        check_access(Access())


@pytest.mark.usefixtures("clean")
def test_a_server_is_named_by_option_environment_or_cluster(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert check_access(Access("kubeflow.org/pipelines/")) == "https://kubeflow.org/pipelines"
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    assert check_access(Access()) == "http://ml-pipeline.kubeflow.svc.cluster.local:8888"
    monkeypatch.setenv("KF_PIPELINES_ENDPOINT", "http://localhost:8080")
    assert check_access(Access()) == "http://localhost:8080"
    assert check_access(Access("https://other")) == "https://other"


@pytest.mark.parametrize("host", ["ftp://a", "http://", "http://[", "http://a:x", "https:// "])
@pytest.mark.usefixtures("clean")
def test_what_is_no_address_is_refused(host: str) -> None:
    with pytest.raises(ConfigError, match="expected an address such as"):
        check_access(Access(host))


@pytest.mark.usefixtures("clean")
def test_a_token_travels_encrypted_only(monkeypatch: pytest.MonkeyPatch) -> None:
    for given in (Access("http://a", "secret"), Access("http://a")):
        with pytest.raises(ConfigError, match="over which a token would travel unencrypted") as e:
            check_access(given)
        assert "secret" not in str(e.value)
        monkeypatch.setenv("KF_PIPELINES_SA_TOKEN_PATH", "/token")
    check_access(Access("http://a", "secret", insecure=True))
    check_access(Access("https://a", "secret"))


def test_a_token_is_sent_with_every_request(server: RecordingServer) -> None:
    client = connect(access(server, "secret", insecure=True))
    client.list_experiments()

    assert [each.headers["authorization"] for each in server.requests] == ["Bearer secret"] * len(
        server.requests
    )


def test_a_token_may_lie_in_a_file_that_changes(
    server: RecordingServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "token"
    file.write_text("one")
    monkeypatch.setenv("KF_PIPELINES_SA_TOKEN_PATH", str(file))
    client = connect(access(server, insecure=True))
    file.write_text("two")

    client.list_experiments()

    assert server.requests[0].headers["authorization"] == "Bearer one"
    assert server.requests[-1].headers["authorization"] == "Bearer two"


def test_a_token_file_that_is_not_there_is_named(
    server: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KF_PIPELINES_SA_TOKEN_PATH", "/nowhere/token")

    with pytest.raises(ConfigError, match="KF_PIPELINES_SA_TOKEN_PATH is '/nowhere/token'"):
        connect(access(server, insecure=True))
    assert server.requests == []


@pytest.mark.usefixtures("clean")
def test_nobody_at_the_address_is_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        host = f"http://127.0.0.1:{taken.getsockname()[1]}"  # Nobody listens.

        with pytest.raises(ServerError, match=f"no Kubeflow server answers at {host}") as caught:
            connect(Access(host))

    assert "\n" not in str(caught.value)
    assert "object at 0x" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (400, "it refuses the request"),
        (401, "it does not accept the credentials.*--token"),
        (403, "this user may not do that"),
        (404, "no such address or object"),
        (409, "there is one of this name already"),
        (500, "it failed; try again later"),
        (503, "it failed; try again later"),
    ],
)
def test_a_refusal_is_one_line_with_the_server_s_words(
    server: RecordingServer, status: int, meaning: str
) -> None:
    client = connect(access(server))
    said = plain(api.GooglerpcStatus(code=7, message="the reason\nof it"))
    server.failures[EXPERIMENTS] = (status, json.dumps(said))

    with pytest.raises(ServerError, match=f"answers {status} to GET .*{meaning}") as caught:
        client.list_experiments()

    assert str(caught.value).endswith("It says: the reason of it")
    assert caught.value.status == status
    assert len(server.sent(*EXPERIMENTS)) == 1  # Asked once.


def test_an_answer_that_is_no_json_is_one_line(server: RecordingServer) -> None:
    server.failures["GET", "/healthz"] = (502, "<html>bad gateway</html>")

    with pytest.raises(ServerError, match="answers 502") as caught:
        connect(access(server))

    assert "html" not in str(caught.value)
