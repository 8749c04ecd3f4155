"""Beam options of each runner as text, without importing Beam."""

import json
import os

from schemas.config.blocks import BEAM_TIMEOUT, BEAM_WORKERS, BeamConfig

# Options that some runner sets, with Beam's defaults, which are neutral for the other runners.
_NEUTRAL = {
    "flink_master": "[auto]",
    "flink_job_server_jar": "",
    "job_endpoint": "",
    "environment_type": "",
    "environment_config": "",
    "parallelism": "-1",
}
OPTIONS = ("runner", *_NEUTRAL)

# Without it TFX builds a package of itself for each step. Workers already have the code: they are
# this process and its children, or a worker pool that runs the project's image.
NO_PACKAGE = "--sdk_container_image=unused"

_MINUTES = 30.0
FOLDER = "folder"  # A parameter of the worker pool: where its workers run.
RUNNERS = {
    # DirectRunner would first try to download Prism.
    "direct": "FnApiRunner",
    "flink": "pipelines.beam.portable.WatchedFlinkRunner",
    "portable": "pipelines.beam.portable.WatchedRunner",
}


def runner_options(beam: BeamConfig, folder: str = "") -> dict[str, str]:
    """Options of the chosen runner, by name.

    direct is FnApiRunner, the in-process engine. It has one worker, this process; only
    FaceExampleGen starts more, as each worker of a TFX step would import TensorFlow.

    Args:
      beam: the settings.
      folder: in which workers run, as relative paths are below it; empty: the worker pool's.
    """
    options = {"runner": RUNNERS[beam.runner]}
    if beam.runner == "direct":
        return options
    pool = {"url": str(beam.worker_pool)} | ({"params": {FOLDER: folder}} if folder else {})
    options |= {
        "environment_type": "EXTERNAL",
        "environment_config": json.dumps(pool, separators=(",", ":")),
        # -1: all slots of the cluster (pipelines.beam.portable).
        "parallelism": "-1" if beam.workers == "auto" else str(beam.workers),
    }
    if beam.address:
        options["flink_master"] = beam.address
    is_jar = beam.job_server and beam.job_server.endswith(".jar")
    options["flink_job_server_jar" if is_jar else "job_endpoint"] = str(beam.job_server)
    return options


def plain_args(beam: BeamConfig) -> tuple[str, ...]:
    """Beam arguments with their values, for runs without `set_environment`."""
    chosen = runner_options(beam)
    return (*(f"--{option}={value}" for option, value in chosen.items()), NO_PACKAGE)


def variable(option: str) -> str:
    """Environment variable of an option."""
    return f"FACEFOLD_BEAM_{option.upper()}"


def set_environment(beam: BeamConfig) -> None:
    """Set the variables of all options, other runners' included, BEAM_WORKERS and BEAM_TIMEOUT.

    Workers of a cluster run in the current folder.
    """
    for option, value in (_NEUTRAL | runner_options(beam, os.getcwd())).items():
        os.environ[variable(option)] = value
    os.environ[BEAM_WORKERS] = str(beam.workers)
    os.environ[BEAM_TIMEOUT] = str(timeout_of(beam))


def timeout_of(beam: BeamConfig) -> float:
    """Minutes without progress after which a job on a cluster is cancelled."""
    return _MINUTES if beam.timeout is None else beam.timeout


def describe(beam: BeamConfig) -> str:
    """The engine, its address and its number of workers, as one line."""
    place = beam.address or beam.job_server
    engine = {"direct": "FnApiRunner", "flink": "FlinkRunner", "portable": "PortableRunner"}
    return (
        f"{engine[beam.runner]} ({beam.runner}{f' at {place}' if place else ''}), "
        f"workers {beam.workers}"
    )
