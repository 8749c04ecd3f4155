"""Number of worker processes that read images."""

import os

from apache_beam.options.pipeline_options import PipelineOptions, StandardOptions
from dask.system import cpu_count

from components.example_gen.face_features import ReadOptions
from schemas.config.blocks import BEAM_WORKERS

AUTO = "auto"
IN_PROCESS = "FnApiRunner"  # Of `pipelines.beam`.
# CPU seconds a face of Adience's size: to store it whole, or aligned; to detect it in addition to
# the former. And seconds to start a second process (make bench-pixels).
SECONDS_A_FACE = {"none": 0.0017, "crop": 0.010, "eyes": 0.010}
SECONDS_TO_DETECT = 0.0045
START_SECONDS = 0.6


def worker_count(setting: str, faces: int, reading: ReadOptions, cpus: int) -> int:
    """Worker processes for a job of so many faces.

    The setting is their number, or `auto`: one a CPU if they finish sooner than one, start
    included.
    """
    if setting != AUTO:
        return int(setting)
    align = reading.images.align
    measuring = SECONDS_TO_DETECT if reading.detect and align == "none" else 0
    alone = faces * (SECONDS_A_FACE[align] + measuring)
    return cpus if START_SECONDS + alone / cpus < alone else 1


def process_count(options: PipelineOptions, faces: int, reading: ReadOptions) -> int:
    """Processes for a step of the in-process engine; 1 for other runners, which have their own.

    The CPUs are those that this process may use: of its affinity and its container's limit.
    """
    if options.view_as(StandardOptions).runner != IN_PROCESS:
        return 1
    setting = os.environ.get(BEAM_WORKERS, AUTO)
    return worker_count(setting, faces, reading, cpu_count())
