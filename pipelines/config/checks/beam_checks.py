"""Checks of `beam`: the runner, its keys, and what of a cluster must be there before a run."""

import re
import shutil
import socket
import zipfile
from importlib.metadata import version

from pipelines.config.known_names import check_known
from schemas.config.blocks import BeamConfig, Config
from schemas.errors import ConfigError

RUNNERS = ("direct", "flink", "portable")
LOCAL = "[local]"  # Flink inside the job server, of which a jar is needed.
EMBED = "embed"  # Beam's job service inside the step.

_ADDRESS = ("host:port of Flink's master, or [local]", "localhost:8081")
_POOL = ("host:port of the worker pool", "localhost:50000")
# Keys of `beam` that a runner needs: (meaning, example).
_KEYS = {
    "direct": {},
    "flink": {
        "address": _ADDRESS,
        "job_server": (
            "the path of Beam's Flink job server (.jar), or host:port of one that runs",
            "flink-job-server.jar",
        ),
        "worker_pool": _POOL,
    },
    "portable": {
        "job_server": ("host:port of a Beam job service, or embed", "localhost:8099"),
        "worker_pool": _POOL,
    },
}  # fmt: skip
_HOST_PORT = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):([0-9]{1,5})")
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_PROPERTIES = "org/apache/beam/sdk/sdk.properties"  # Of every jar that holds Beam's SDK.
_SECONDS = 5.0


def check_beam(config: Config) -> None:
    """The runner is known and has the keys it needs, and no others."""
    beam = config.beam
    if beam.runner.lower() in ("dask", "daskrunner"):
        raise ConfigError(
            f"beam.runner is {beam.runner!r}, expected direct or flink: Beam's DaskRunner loses "
            "records without an error (of 60 none was written) and ignores output tags. Set "
            "beam.runner=direct, or flink for a cluster."
        )
    check_known("beam.runner", beam.runner, RUNNERS)
    needed = _KEYS[beam.runner]
    for key, (meaning, example) in needed.items():
        value = getattr(beam, key)
        if not _is_well_formed(beam.runner, key, value):
            raise ConfigError(
                f"beam.{key} is {value!r}, expected {meaning}, which runner {beam.runner} needs. "
                f"Set it, such as beam.{key}={example}."
            )
    for key in ("address", "job_server", "worker_pool"):
        if getattr(beam, key) is not None and key not in needed:
            named = " and ".join(runner for runner, keys in _KEYS.items() if key in keys)
            raise ConfigError(
                f"beam.{key} is set for runner {beam.runner}, expected it for {named} alone; "
                f"remove the key, or set beam.runner=flink."
            )
    if beam.timeout is not None and beam.address in (None, LOCAL):
        raise ConfigError(
            "beam.timeout is set, expected it for a Flink cluster alone, whose counters show "
            "progress; remove the key, or set beam.runner=flink and beam.address."
        )
    if beam.address == LOCAL and not _is_jar(beam):
        raise ConfigError(
            f"beam.address is {LOCAL}, Flink inside the job server, but beam.job_server is "
            f"{beam.job_server!r}, expected the path of its jar. Set it, or the address of the "
            "cluster."
        )


def _is_well_formed(runner: str, key: str, value: str | None) -> bool:
    if not value:
        return False
    if (runner, key, value) in (("flink", "address", LOCAL), ("portable", "job_server", EMBED)):
        return True
    if (runner, key) == ("flink", "job_server") and value.endswith(".jar"):
        return True
    return is_address(value)


def is_address(value: str) -> bool:
    """Whether a text is host:port."""
    match = _HOST_PORT.fullmatch(value)
    return match is not None and 1 <= int(match[2]) <= 65535


def _is_jar(beam: BeamConfig) -> bool:
    return beam.job_server is not None and beam.job_server.endswith(".jar")


def check_job_server(beam: BeamConfig) -> None:
    """The job server's jar is on this machine, of this Beam's version, and Java to run it."""
    if not _is_jar(beam):
        return
    found, wanted = _beam_version(str(beam.job_server)), version("apache-beam")
    if found != wanted:
        raise ConfigError(
            f"beam.job_server is {beam.job_server!r}, {found or 'no jar of Beam'}, expected a jar "
            f"of Beam {wanted}. Get beam-runners-flink-FLINK_VERSION-job-server-{wanted}.jar of "
            "your Flink's version (such as 1.19) from Maven Central."
        )
    if shutil.which("java") is None:
        raise ConfigError(
            "beam.job_server is set, but PATH has no java, expected one to run the jar. Install "
            "Java, or set beam.runner=direct."
        )


def _beam_version(jar: str) -> str | None:
    """The version of Beam's SDK in a jar; None if it is no jar, or holds none."""
    try:
        with zipfile.ZipFile(jar) as file:
            lines = file.read(_PROPERTIES).decode().splitlines()
    except (OSError, zipfile.BadZipFile, KeyError, UnicodeDecodeError):
        return None
    values = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return values.get("version")


def check_reachable(beam: BeamConfig) -> None:
    """Someone listens at the job service and the worker pool.

    A pool at a loopback address beside a master elsewhere is the task managers' own, which this
    machine does not see.
    """
    if beam.runner == "direct":
        return
    if not _is_jar(beam) and beam.job_server != EMBED:
        _check_listens("job_server", str(beam.job_server), "Start Beam's job server there")
    place = beam.job_server if beam.address is None else beam.address
    if _is_loopback(str(beam.worker_pool)) and not _is_loopback(str(place)):
        return
    start = f"Start it: python -m pipelines.worker_pool --address {beam.worker_pool}"
    _check_listens("worker_pool", str(beam.worker_pool), start)


def _is_loopback(place: str) -> bool:
    match = _HOST_PORT.fullmatch(place)
    return match is None or match[1] in _LOOPBACK  # [local], embed and a jar are here, too.


def _check_listens(key: str, place: str, fix: str) -> None:
    match = _HOST_PORT.fullmatch(place)
    assert match is not None  # By check_beam.
    try:
        socket.create_connection((match[1].strip("[]"), int(match[2])), _SECONDS).close()
    except OSError as error:
        raise ConfigError(
            f"beam.{key} is {place!r}, where nothing answers ({error.strerror or error}), expected "
            f"one that listens. {fix}, or correct the key."
        ) from None
