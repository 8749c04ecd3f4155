"""Number of worker processes that read images."""

import os

from apache_beam.options.pipeline_options import PipelineOptions, StandardOptions

from schemas.config.blocks import BEAM_WORKERS, ImagesConfig

AUTO = "auto"
IN_PROCESS = "FnApiRunner"  # Of `pipelines.beam`.
# CPU seconds a face of Adience's size by `align`, and seconds to start a second process
# (make bench-pixels).
SECONDS_A_FACE = {"none": 0.0017, "crop": 0.022}
START_SECONDS = 0.6


def worker_count(setting: str, faces: int, images: ImagesConfig, cpus: int) -> int:
    """Worker processes for a job of so many faces.

    The setting is their number, or `auto`: one a CPU if they finish sooner than one, start
    included.
    """
    if setting != AUTO:
        return int(setting)
    alone = faces * SECONDS_A_FACE[images.align]
    return cpus if START_SECONDS + alone / cpus < alone else 1


def process_count(options: PipelineOptions, faces: int, images: ImagesConfig) -> int:
    """Processes for a step of the in-process engine; 1 for other runners, which have their own."""
    if options.view_as(StandardOptions).runner != IN_PROCESS:
        return 1
    setting = os.environ.get(BEAM_WORKERS, AUTO)
    return worker_count(setting, faces, images, len(os.sched_getaffinity(0)))
