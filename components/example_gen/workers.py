"""Number of worker processes that read images."""

import os

from apache_beam.options.pipeline_options import DirectOptions, PipelineOptions

from schemas.config.blocks import BEAM_WORKERS, ImagesConfig

AUTO = "auto"
# CPU seconds a face of Adience's size by `align`, and seconds to start a second process
# (make bench-pixels).
SECONDS_A_FACE = {"none": 0.0017, "crop": 0.022}
START_SECONDS = 2.6


def worker_count(setting: str, faces: int, images: ImagesConfig, cpus: int) -> int:
    """Worker processes for a job of so many faces.

    The setting is their number, or `auto`: one a CPU if they finish sooner than one, start
    included.
    """
    if setting != AUTO:
        return int(setting)
    alone = faces * SECONDS_A_FACE[images.align]
    return cpus if START_SECONDS + alone / cpus < alone else 1


def set_workers(options: PipelineOptions, faces: int, images: ImagesConfig) -> int:
    """Set and return the number of workers of the in-process engine; other runners ignore it."""
    setting = os.environ.get(BEAM_WORKERS, AUTO)
    count = worker_count(setting, faces, images, len(os.sched_getaffinity(0)))
    direct = options.view_as(DirectOptions)
    direct.direct_num_workers = count
    direct.direct_running_mode = "multi_processing" if count > 1 else "in_memory"
    return count
