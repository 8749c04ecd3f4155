"""The published weights: taken from Keras' cache, downloaded whole or not at all."""

import hashlib
import http.server
import importlib.util
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import h5py  # type: ignore[import-untyped]
import pytest

from components.trainer.initial_weights import imagenet
from schemas.errors import ConfigError

CONTENT = b"weights" * 500_000  # Several blocks.


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keras' cache in a folder that does not exist yet; the published file is CONTENT."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setattr(imagenet, "PUBLISHED_MD5", hashlib.md5(CONTENT).hexdigest())
    return tmp_path / "keras" / "models" / imagenet.NAME


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    """The content behind the address: the one item of the list."""
    contents = [CONTENT]

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Called by the server."""
            self.send_response(200)
            self.send_header("Content-Length", str(len(CONTENT)))
            self.end_headers()
            self.wfile.write(contents[0])

        def log_message(self, *words: object) -> None:
            """Called by the server, which would print."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(imagenet, "ADDRESS", f"http://127.0.0.1:{server.server_port}/w.h5")
    yield contents
    server.shutdown()
    server.server_close()


def files(cache: Path) -> list[str]:
    return [path.name for path in cache.parent.iterdir()] if cache.parent.is_dir() else []


def test_address_and_hash_are_those_of_the_installed_keras() -> None:
    keras = importlib.util.find_spec("keras")
    assert keras is not None
    assert keras.origin is not None
    source = Path(keras.origin).parent / "src" / "applications" / "inception_v3.py"
    text = source.read_text(encoding="utf-8").replace('"\n    "', "")

    # Read anew: the constant is another in these tests.
    published = Path(imagenet.__file__).read_text(encoding="utf-8")
    assert f'"{imagenet.ADDRESS}"' in text
    assert 'file_hash="bcbd6486424b2319ff4ef7d526e38f63"' in text
    assert 'PUBLISHED_MD5 = "bcbd6486424b2319ff4ef7d526e38f63"' in published


def test_a_missing_file_is_downloaded_once(cache: Path, served: list[bytes]) -> None:
    heard: list[tuple[int, int]] = []

    first = imagenet.published_file(lambda done, total: heard.append((done, total)))
    served[0] = b"gone"
    again = imagenet.published_file()

    assert first == again == cache
    assert cache.read_bytes() == CONTENT
    assert files(cache) == [imagenet.NAME]
    assert heard[-1] == (len(CONTENT), len(CONTENT))
    assert len(heard) > 1


def test_a_damaged_file_in_the_cache_is_downloaded_again(cache: Path, served: list[bytes]) -> None:
    del served
    cache.parent.mkdir(parents=True)
    cache.write_bytes(CONTENT[:-1])

    assert imagenet.published_file().read_bytes() == CONTENT


@pytest.mark.parametrize("content", [CONTENT[:100], b"x" * len(CONTENT)], ids=["short", "other"])
def test_a_download_unlike_the_published_file_leaves_nothing(
    cache: Path, served: list[bytes], content: bytes
) -> None:
    served[0] = content

    with pytest.raises(ConfigError, match=f"the download has md5 .*copy it there .md5 {'.' * 32}"):
        imagenet.published_file()

    assert files(cache) == []


def test_without_a_network_the_error_names_the_address_and_the_path(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setattr(imagenet, "ADDRESS", f"http://127.0.0.1:{closed.getsockname()[1]}/w.h5")

        with pytest.raises(ConfigError) as caught:
            imagenet.published_file()

    message = str(caught.value)
    assert message.startswith(f"train.weights is 'imagenet', but {cache} is missing or damaged")
    assert f"{imagenet.ADDRESS} cannot be downloaded" in message
    assert "set train.weights to its path or copy it there" in message
    assert not cache.parent.exists()


def test_a_silent_network_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(imagenet, "ADDRESS", f"http://127.0.0.1:{silent.getsockname()[1]}/w.h5")
        monkeypatch.setattr(imagenet, "_SECONDS", 0.1)

        with pytest.raises(ConfigError, match="timed out"):
            imagenet.published_file()


def test_an_answer_that_is_not_http_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setattr(imagenet, "ADDRESS", f"http://127.0.0.1:{server.getsockname()[1]}/w.h5")

        def babble() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"hello\r\n\r\n")

        threading.Thread(target=babble, daemon=True).start()
        with pytest.raises(ConfigError, match="the answer is not HTTP: BadStatusLine"):
            imagenet.published_file()


def test_each_value_of_weights_means_its_file(cache: Path, served: list[bytes]) -> None:
    del served

    assert imagenet.weights_file(None) is None
    assert imagenet.weights_file("random") is None
    assert imagenet.weights_file("/a/b.h5") == "/a/b.h5"
    assert imagenet.weights_file("imagenet") == str(cache)


def write_hdf5(path: Path, sizes: list[int]) -> str:
    """A file with datasets of such sizes, none of them filled in."""
    with h5py.File(path, "w") as file:
        for number, size in enumerate(sizes):
            file.create_dataset(f"layer{number // 4}/weight{number}", (size,), "f4")
    return str(path)


def test_a_file_with_as_many_weights_as_the_base_passes(tmp_path: Path) -> None:
    rest = imagenet.BASE_NUMBERS - (imagenet.BASE_TENSORS - 1)

    imagenet.check_base_weights(write_hdf5(tmp_path / "base.h5", [1] * 375 + [rest]))


def test_a_file_of_other_weights_is_refused_with_both_numbers(tmp_path: Path) -> None:
    # The published file with the top holds a dense layer more.
    other = write_hdf5(tmp_path / "top.h5", [1] * 375 + [1_000])

    with pytest.raises(ConfigError, match=r"top\.h5', which holds 1,375 weights in 376 tensors, "):
        imagenet.check_base_weights(other)


@pytest.mark.parametrize("length", [0, 7, 1000])
def test_a_truncated_file_is_refused(tmp_path: Path, length: int) -> None:
    path = tmp_path / "cut.h5"
    write_hdf5(path, [10, 10])
    path.write_bytes(path.read_bytes()[:length])

    with pytest.raises(ConfigError, match=r"train\.weights: '.*cut\.h5' is no whole file of Keras"):
        imagenet.check_base_weights(str(path))
