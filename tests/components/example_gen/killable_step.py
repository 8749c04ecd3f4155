"""The work of FaceExampleGen without TFX, in a forked process that a test may kill."""

import multiprocessing
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, NamedTuple

import apache_beam as beam
import pyarrow as pa
from apache_beam.options.pipeline_options import PipelineOptions

from components.example_gen import shards
from components.example_gen.face_features import ReadOptions
from components.example_gen.image_report import write_results
from components.example_gen.transforms import REJECTED, write_faces
from schemas.config.blocks import ImagesConfig
from schemas.tables import MANIFEST


class Step(NamedTuple):
    """What to write, and where."""

    folder: Path
    root: Path  # Of the images.
    rows: list[dict[str, Any]]
    faces_a_shard: int
    processes: int = 1


def start(step: Step) -> ForkServerProcess:
    """Start the step in a process forked from one that has Beam loaded."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    process = context.Process(target=run, args=(step,))
    process.start()
    return process


def run(step: Step) -> None:
    """Write shards, rejects and report as the component does."""
    shards.FACES_A_SHARD = step.faces_a_shard
    images = ImagesConfig(side=64)
    reading = ReadOptions(images, {"adience": str(step.root)}, "adience8")
    options = PipelineOptions(["--runner=FnApiRunner"])
    with beam.Pipeline(options=options) as pipeline:
        outputs = write_faces(
            pipeline,
            f"{step.folder}/examples",
            reading,
            pa.Table.from_pylist(step.rows, schema=MANIFEST),
            step.processes,
        )
        _ = (
            pipeline
            | beam.Create([None])
            | beam.Map(
                write_results,
                rejected=beam.pvalue.AsList(outputs[REJECTED]),
                written=beam.pvalue.AsList(outputs.written),
                rows=len(step.rows),
                images=images,
                folders=(f"{step.folder}/rejects", f"{step.folder}/report"),
            )
        )
