"""Checks of `beam`: the runner, the keys it reads, and the job server on this machine."""

import re
import shutil
import zipfile
from importlib.metadata import version

from pipelines.config.known_names import check_known
from schemas.config.blocks import BeamConfig, Config
from schemas.errors import ConfigError

RUNNERS = ("direct", "flink")

# Keys of `beam` that flink needs and no other runner reads: (meaning, example).
_FLINK_KEYS = {
    "address": ("host:port of Flink's master", "localhost:8081"),
    "job_server": ("the path of Beam's Flink job server", "flink-job-server.jar"),
    "worker_pool": ("host:port of Beam's worker pool", "localhost:50000"),
}
_HOST_PORT = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):([0-9]{1,5})")


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
    for key, (meaning, example) in _FLINK_KEYS.items():
        value = getattr(beam, key)
        if beam.runner == "flink" and not _is_well_formed(key, value):
            raise ConfigError(
                f"beam.{key} is {value!r}, expected {meaning}, which runner flink needs. Set it, "
                f"such as beam.{key}={example}."
            )
        if beam.runner != "flink" and value is not None:
            raise ConfigError(
                f"beam.{key} is set for runner {beam.runner}, expected it for flink alone; remove "
                "the key, or set beam.runner=flink."
            )


def _is_well_formed(key: str, value: str | None) -> bool:
    """Whether there is a value, and an address has a port from 1 to 65535."""
    if key == "job_server" or not value:
        return bool(value)
    match = _HOST_PORT.fullmatch(value)
    return match is not None and 1 <= int(match[1]) <= 65535


def check_job_server(beam: BeamConfig) -> None:
    """The job server's jar is on this machine, and Java to run it."""
    if beam.job_server is None:
        return
    if not zipfile.is_zipfile(beam.job_server):
        raise ConfigError(
            f"beam.job_server is {beam.job_server!r}, expected a jar file. Get "
            f"beam-runners-flink-FLINK_VERSION-job-server-{version('apache-beam')}.jar of your "
            "Flink's version (such as 1.20) from Maven Central."
        )
    if shutil.which("java") is None:
        raise ConfigError(
            "beam.job_server is set, but PATH has no java, expected one to run the jar. Install "
            "Java, or set beam.runner=direct."
        )
