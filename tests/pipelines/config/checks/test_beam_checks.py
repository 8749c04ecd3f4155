"""The block `beam`: keys that are read, and the refusal of others."""

import socket
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from pipelines.config.checks import check_run_config
from pipelines.config.checks.beam_checks import check_job_server, check_reachable
from pipelines.config.load import read_config
from schemas.config.blocks import BeamConfig, Config, DataConfig
from schemas.errors import ConfigError

PLAIN = "name: a\ndata: {dataset: adience, labels: l, images: i}\n"
CONFIG = Config("a", (DataConfig("adience"),))
FLINK = BeamConfig("flink", 4, "flink.example:8081", "/jars/server.jar", "localhost:50000")
PORTABLE = BeamConfig("portable", job_server="embed", worker_pool="localhost:50000")


def read(folder: Path, text: str, *overrides: str) -> BeamConfig:
    path = folder / "c.yaml"
    path.write_text(PLAIN + text)
    return read_config(path, overrides).beam


def set_key(beam: BeamConfig, key: str, value: Any) -> BeamConfig:
    return replace(beam, **{key: value})


def refusal(beam: BeamConfig) -> str:
    with pytest.raises(ConfigError) as caught:
        check_run_config(replace(CONFIG, beam=beam))
    return str(caught.value)


@pytest.mark.parametrize(
    "beam",
    [
        BeamConfig(),
        BeamConfig(workers=64),
        FLINK,
        replace(FLINK, workers="auto"),
        replace(FLINK, address="10.0.0.7:1"),
        replace(FLINK, address="flink-1.some_net:65535"),
        replace(FLINK, worker_pool="[::1]:50000"),
        replace(FLINK, address="[local]"),
        replace(FLINK, job_server="job-server.example:8099", timeout=0.5),
        PORTABLE,
        replace(PORTABLE, job_server="localhost:8099"),
    ],
    ids=str,
)
def test_a_whole_setting_of_each_runner_passes(beam: BeamConfig) -> None:
    check_run_config(replace(CONFIG, beam=beam))


@pytest.mark.parametrize("name", ["dask", "DaskRunner", "Dask"])
def test_dask_is_refused_because_it_loses_records(name: str) -> None:
    message = refusal(BeamConfig(name))

    assert message.startswith(f"beam.runner is {name!r}, expected direct or flink: ")
    assert "loses records without an error" in message
    assert message.endswith("Set beam.runner=direct, or flink for a cluster.")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("flnk", "beam.runner is 'flnk' (did you mean 'flink'?). Known: direct, flink, portable."),
        ("DataflowRunner", "beam.runner is 'DataflowRunner'. Known: direct, flink, portable."),
        ("", "beam.runner is ''. Known: direct, flink, portable."),
    ],
)
def test_another_runner_is_refused_with_the_nearest(name: str, message: str) -> None:
    assert refusal(BeamConfig(name)) == message


@pytest.mark.parametrize(
    ("key", "what", "example"),
    [
        ("address", "host:port of Flink's master, or [local]", "localhost:8081"),
        (
            "job_server",
            "the path of Beam's Flink job server (.jar), or host:port of one that runs",
            "flink-job-server.jar",
        ),
        ("worker_pool", "host:port of the worker pool", "localhost:50000"),
    ],
)
@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_key_of_flink_is_refused(
    key: str, what: str, example: str, value: str | None
) -> None:
    assert refusal(set_key(FLINK, key, value)) == (
        f"beam.{key} is {value!r}, expected {what}, which runner flink needs. Set it, such as "
        f"beam.{key}={example}."
    )


@pytest.mark.parametrize(
    "value",
    [
        "flink",
        "flink:",
        ":8081",
        "flink:0",
        "flink:65536",
        "flink:-1",
        "flink:8081 ",
        "flink:8081\n",
        "flink:٨٠٨١",  # Digits, but not ours.
        "http://flink:8081",
        "[auto]",
        "a b:1",
        "::1:8081",
    ],
)
@pytest.mark.parametrize("key", ["address", "worker_pool"])
def test_an_address_is_a_host_and_a_port(key: str, value: str) -> None:
    assert refusal(set_key(FLINK, key, value)).startswith(
        f"beam.{key} is {value!r}, expected host:port of "
    )


@pytest.mark.parametrize(
    ("beam", "key", "runners"),
    [
        (BeamConfig(), "address", "flink"),
        (BeamConfig(), "job_server", "flink and portable"),
        (BeamConfig(), "worker_pool", "flink and portable"),
        (PORTABLE, "address", "flink"),
    ],
    ids=str,
)
@pytest.mark.parametrize("value", ["x:1", ""])
def test_keys_of_a_cluster_are_refused_where_no_runner_reads_them(
    beam: BeamConfig, key: str, runners: str, value: str
) -> None:
    assert refusal(set_key(beam, key, value)) == (
        f"beam.{key} is set for runner {beam.runner}, expected it for {runners} alone; remove the "
        "key, or set beam.runner=flink."
    )


@pytest.mark.parametrize(
    "beam", [BeamConfig(), PORTABLE, replace(FLINK, address="[local]")], ids=str
)
def test_a_timeout_is_refused_where_no_counters_show_progress(beam: BeamConfig) -> None:
    assert refusal(replace(beam, timeout=5)) == (
        "beam.timeout is set, expected it for a Flink cluster alone, whose counters show progress; "
        "remove the key, or set beam.runner=flink and beam.address."
    )


def test_flink_inside_the_job_server_needs_its_jar() -> None:
    message = refusal(replace(FLINK, address="[local]", job_server="localhost:8099"))

    assert message.startswith("beam.address is [local], Flink inside the job server, but")


def test_labels_ask_no_more_of_beam_than_types(tmp_path: Path) -> None:
    assert read(tmp_path, "beam: {runner: dask, address: nowhere}").runner == "dask"
    with pytest.raises(ConfigError, match=r"beam\.runner is 3, expected text"):
        read(tmp_path, "beam: {runner: 3}")
    with pytest.raises(ConfigError, match=r"beam\.address is 8081, expected text or null"):
        read(tmp_path, "beam: {address: 8081}")


@pytest.mark.parametrize("override", ["beam.job_server=s.jar", "beam={job_server: s.jar}"])
def test_the_job_server_is_a_path_like_all_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, override: str
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    text = "beam: {job_server: jars/s.jar}"

    for address in ("localhost:8099", "embed"):
        assert read(tmp_path, f"beam: {{job_server: '{address}'}}").job_server == address

    assert read(tmp_path, text).job_server == f"{tmp_path}/jars/s.jar"
    assert read(tmp_path, text, override).job_server == f"{tmp_path}/elsewhere/s.jar"
    assert read_config(tmp_path / "c.yaml", resolve=False).beam.job_server == "jars/s.jar"


def write_jar(path: Path, beam: str | None = None) -> str:
    """A jar of this version of Beam, or of another; empty: of none."""
    wanted = version("apache-beam") if beam is None else beam
    with zipfile.ZipFile(path, "w") as jar:
        jar.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n")
        if wanted:
            text = f"# SDK source version\n\nversion={wanted}\nsdk_version={wanted}\n"
            jar.writestr("org/apache/beam/sdk/sdk.properties", text)
    return str(path)


def with_java(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PATH is one folder, with a java in it."""
    folder.mkdir()
    (folder / "java").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(folder))


def test_a_job_server_needs_a_jar_and_java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_java(tmp_path / "bin", monkeypatch)

    check_job_server(replace(FLINK, job_server=write_jar(tmp_path / "server.jar")))


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("none.jar", "no jar of Beam"),
        ("text.jar", "no jar of Beam"),
        ("other.jar", "no jar of Beam"),
        ("old.jar", "2.60.0"),
        ("http://example.org/server.jar", "no jar of Beam"),
    ],
)
def test_a_job_server_of_another_kind_is_refused_with_its_origin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, found: str
) -> None:
    with_java(tmp_path / "bin", monkeypatch)
    (tmp_path / "text.jar").write_text("<html>not found</html>")
    write_jar(tmp_path / "other.jar", "")
    write_jar(tmp_path / "old.jar", "2.60.0")
    path, beam = name if "://" in name else str(tmp_path / name), version("apache-beam")

    with pytest.raises(ConfigError) as caught:
        check_job_server(replace(FLINK, job_server=path))

    assert f"beam.job_server is {path!r}, {found}, expected a jar of Beam {beam}" in str(
        caught.value
    )
    assert f"job-server-{beam}.jar of your Flink's version" in str(caught.value)


def test_a_machine_without_java_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(ConfigError, match="PATH has no java, expected one to run the jar"):
        check_job_server(replace(FLINK, job_server=write_jar(tmp_path / "server.jar")))


@pytest.mark.parametrize(
    "beam", [BeamConfig(), PORTABLE, replace(FLINK, job_server="server.example:8099")], ids=str
)
def test_what_starts_no_jar_needs_no_java(
    beam: BeamConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    check_job_server(beam)


@pytest.fixture
def taken() -> Iterator[str]:
    """An address where somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def free() -> str:
    """An address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


def test_a_pool_and_a_job_server_that_listen_pass(taken: str) -> None:
    check_reachable(BeamConfig("flink", "auto", taken, taken, taken))
    check_reachable(replace(PORTABLE, worker_pool=taken))
    check_reachable(BeamConfig())


def test_a_pool_that_does_not_listen_is_refused_with_its_command(taken: str, free: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_reachable(BeamConfig("flink", "auto", taken, taken, free))

    message = str(caught.value)
    assert message.startswith(f"beam.worker_pool is {free!r}, where nothing answers (")
    assert f"Start it: python -m pipelines.worker_pool --address {free}, or" in message


def test_a_job_server_that_does_not_listen_is_refused(taken: str, free: str) -> None:
    with pytest.raises(ConfigError, match=r"beam\.job_server is .*where nothing answers"):
        check_reachable(BeamConfig("portable", job_server=free, worker_pool=taken))


def test_a_loopback_pool_of_other_machines_is_theirs_to_check(taken: str) -> None:
    check_reachable(BeamConfig("flink", "auto", "flink.example:8081", taken, "localhost:1"))
