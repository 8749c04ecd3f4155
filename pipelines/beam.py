"""Beam's options of each runner, as text; checked and told without importing Beam."""

import os

from schemas.config.blocks import BEAM_WORKERS, BeamConfig

# Every option that a runner sets, with Beam's own value of it, which says nothing to other runners.
_NEUTRAL = {
    "flink_master": "[auto]",
    "flink_job_server_jar": "",
    "environment_type": "",
    "environment_config": "",
    "parallelism": "-1",
}
OPTIONS = ("runner", *_NEUTRAL)

# Else TFX builds a package of itself for each step. The workers of every runner have the code:
# they are this process and its children, or a worker pool that runs our image.
NO_PACKAGE = "--sdk_container_image=unused"


def runner_options(beam: BeamConfig) -> dict[str, str]:
    """Option to value of the chosen runner.

    direct is the in-process engine, pinned by its name: the bare DirectRunner of this Beam first
    looks for Prism on the network. Its one worker is this process; more are FaceExampleGen's own
    choice, as each imports TensorFlow for TFX's steps.
    """
    if beam.runner == "direct":
        return {"runner": "FnApiRunner"}
    return {
        "runner": "FlinkRunner",
        "flink_master": str(beam.address),
        "flink_job_server_jar": str(beam.job_server),  # Without it Beam would download one.
        "environment_type": "EXTERNAL",
        "environment_config": str(beam.worker_pool),
        # -1: what the cluster is set to.
        "parallelism": "-1" if beam.workers == "auto" else str(beam.workers),
    }


def plain_args(beam: BeamConfig) -> tuple[str, ...]:
    """The arguments, for where nothing sets an environment."""
    chosen = runner_options(beam)
    return (*(f"--{option}={value}" for option, value in chosen.items()), NO_PACKAGE)


def variable(option: str) -> str:
    """The environment variable that holds an option's value."""
    return f"FACEFOLD_BEAM_{option.upper()}"


def set_environment(beam: BeamConfig) -> None:
    """Set the variable of every option, those of other runners too, and BEAM_WORKERS."""
    for option, value in (_NEUTRAL | runner_options(beam)).items():
        os.environ[variable(option)] = value
    os.environ[BEAM_WORKERS] = str(beam.workers)


def describe(beam: BeamConfig) -> str:
    """Which engine runs, where, and with how many workers."""
    place = f" at {beam.address}" if beam.address else ""
    return f"{runner_options(beam)['runner']} ({beam.runner}{place}), workers {beam.workers}"
