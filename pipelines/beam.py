"""Beam options of each runner as text, without importing Beam."""

import os

from schemas.config.blocks import BEAM_WORKERS, BeamConfig

# Options that some runner sets, with Beam's defaults, which are neutral for the other runners.
_NEUTRAL = {
    "flink_master": "[auto]",
    "flink_job_server_jar": "",
    "environment_type": "",
    "environment_config": "",
    "parallelism": "-1",
}
OPTIONS = ("runner", *_NEUTRAL)

# Without it TFX builds a package of itself for each step. Workers already have the code: they are
# this process and its children, or a worker pool that runs the project's image.
NO_PACKAGE = "--sdk_container_image=unused"


def runner_options(beam: BeamConfig) -> dict[str, str]:
    """Options of the chosen runner, by name.

    direct is FnApiRunner, the in-process engine: DirectRunner first tries to download Prism. It has
    one worker, this process; only FaceExampleGen starts more, as each worker of a TFX step would
    import TensorFlow.
    """
    if beam.runner == "direct":
        return {"runner": "FnApiRunner"}
    return {
        "runner": "FlinkRunner",
        "flink_master": str(beam.address),
        "flink_job_server_jar": str(beam.job_server),  # Else Beam downloads one.
        "environment_type": "EXTERNAL",
        "environment_config": str(beam.worker_pool),
        # -1: the cluster's default.
        "parallelism": "-1" if beam.workers == "auto" else str(beam.workers),
    }


def plain_args(beam: BeamConfig) -> tuple[str, ...]:
    """Beam arguments with their values, for runs without `set_environment`."""
    chosen = runner_options(beam)
    return (*(f"--{option}={value}" for option, value in chosen.items()), NO_PACKAGE)


def variable(option: str) -> str:
    """Environment variable of an option."""
    return f"FACEFOLD_BEAM_{option.upper()}"


def set_environment(beam: BeamConfig) -> None:
    """Set the variables of all options, other runners' included, and BEAM_WORKERS."""
    for option, value in (_NEUTRAL | runner_options(beam)).items():
        os.environ[variable(option)] = value
    os.environ[BEAM_WORKERS] = str(beam.workers)


def describe(beam: BeamConfig) -> str:
    """The engine, its address and its number of workers, as one line."""
    address = f" at {beam.address}" if beam.address else ""
    return f"{runner_options(beam)['runner']} ({beam.runner}{address}), workers {beam.workers}"
