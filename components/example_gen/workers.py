"""How many processes read images: as many as repay their start."""

import os

from apache_beam.options.pipeline_options import DirectOptions, PipelineOptions

from schemas.config.blocks import BEAM_WORKERS, ImagesConfig

AUTO = "auto"
# CPU seconds a face by `align`, of Adience's size, and seconds until a second process is at work
# (make bench-pixels). Two processes save at most half of the work.
SECONDS_A_FACE = {"none": 0.0017, "crop": 0.022}
START_SECONDS = 2.6


def worker_count(setting: str, faces: int, images: ImagesConfig, cpus: int) -> int:
    """Worker processes for a job.

    Args:
      setting: a number, or `auto`: one, or one a CPU where they end sooner, start included.
      faces: of the job.
      images: how faces are read.
      cpus: that this process may use.
    """
    if setting != AUTO:
        return int(setting)
    alone = faces * SECONDS_A_FACE[images.align]
    return cpus if START_SECONDS + alone / cpus < alone else 1


def set_workers(options: PipelineOptions, faces: int, images: ImagesConfig) -> int:
    """Give the in-process engine its workers; gives their number. Other runners have their own."""
    setting = os.environ.get(BEAM_WORKERS, AUTO)
    count = worker_count(setting, faces, images, len(os.sched_getaffinity(0)))
    direct = options.view_as(DirectOptions)
    direct.direct_num_workers = count
    direct.direct_running_mode = "multi_processing" if count > 1 else "in_memory"
    return count
