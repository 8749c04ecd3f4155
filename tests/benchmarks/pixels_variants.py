"""Variants that `pixels.py` measures, each in a process of its own that prints its cost as JSON.

python -m tests.benchmarks.pixels_variants VARIANT TASK
"""

import json
import math
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import pyarrow as pa

from schemas.tables import REPORT_FILE
from tests.benchmarks.pixels_drawing import SIZE, manifest_row


class Task(NamedTuple):
    """Input of a variant."""

    pictures: tuple[str, ...]  # Drawn, in one folder.
    output: str  # Folder; emptied first.
    rows: int  # Faces; above the number of pictures, each is read several times.
    side: int
    workers: int = 1


class Spent(NamedTuple):
    """Cost of the work, without imports and preparation except in `peak`."""

    rows: int
    cpu: float  # Seconds, user and system, of the process and its children.
    wall: float  # Seconds.
    peak: int  # Resident bytes of the largest process.
    free: float  # Mean number of cores that were idle or worked for this process.

    @property
    def cpu_ms(self) -> float:
        """CPU milliseconds per image."""
        return self.cpu / self.rows * 1e3


Work = Callable[[], None]


def reduction(side: int) -> int:
    """Largest power of two by which a drawn picture can shrink and still cover `side`."""
    factor: int = 2 ** int(math.log2(SIZE / side))
    return factor


def _paths(task: Task) -> list[Path]:
    """Picture of each row."""
    return [Path(task.pictures[number % len(task.pictures)]) for number in range(task.rows)]


def _rows(task: Task) -> pa.Table:
    import xxhash

    from schemas.tables import MANIFEST

    hashes = {
        path: xxhash.xxh3_128_hexdigest(Path(path).read_bytes()) for path in set(task.pictures)
    }
    paths = enumerate(_paths(task))
    rows = [manifest_row(number, path, hashes[str(path)]) for number, path in paths]
    return pa.Table.from_pylist(rows, schema=MANIFEST)


def _reading(task: Task) -> Any:
    from components.example_gen.face_features import ReadOptions
    from schemas.config.blocks import ImagesConfig

    root = str(Path(task.pictures[0]).parent)
    return ReadOptions(ImagesConfig(side=task.side), {"drawn": root}, "adience8")


def step(task: Task) -> Work:
    """The image step through Beam, with the options of a run."""
    import apache_beam as beam
    from apache_beam.options.pipeline_options import PipelineOptions
    from apache_beam.runners.portability.fn_api_runner import fn_runner  # noqa: F401 - see below.

    from components.example_gen.image_report import write_results
    from components.example_gen.transforms import REJECTED, write_faces
    from components.example_gen.workers import process_count
    from pipelines.beam.options import plain_args
    from schemas.config.blocks import BEAM_WORKERS, BeamConfig

    # Imports are not measured, so the engine is imported before the pipeline runs.
    rows, reading = _rows(task), _reading(task)
    os.environ[BEAM_WORKERS] = str(task.workers)

    def work() -> None:
        options = PipelineOptions(plain_args(BeamConfig()))
        count = process_count(options, rows.num_rows, reading)
        with beam.Pipeline(options=options) as pipeline:
            outputs = write_faces(pipeline, task.output, reading, rows, count)
            once = pipeline | "Once" >> beam.Create([None])
            _ = once | "WriteResults" >> beam.Map(
                write_results,
                rejected=beam.pvalue.AsList(outputs[REJECTED]),
                written=beam.pvalue.AsList(outputs.written),
                rows=rows.num_rows,
                images=reading.images,
                folders=(task.output, task.output),
            )

    return work


def bare(task: Task) -> Work:
    """The work of the step as a plain loop over the shards."""
    from components.example_gen.face_features import read_face
    from components.example_gen.image_report import write_results
    from components.example_gen.shards import WrittenShard, shard_tables
    from components.example_gen.tfrecord import to_example, write_records

    rows, reading = _rows(task), _reading(task)

    def work() -> None:
        written = []
        for shard, held in shard_tables(rows):
            faces = (to_example(read_face(row, reading)) for row in held.to_pylist())
            count = write_records(f"{task.output}/{shard.name}", faces)
            written.append(WrittenShard(shard.fold, count, 0))
        write_results(
            None, rejected=[], written=written, rows=rows.num_rows, images=reading.images,
            folders=(task.output, task.output),
        )  # fmt: skip

    return work


def plain(task: Task) -> Work:
    """Plain OpenCV: imread, resize, save."""
    import numpy as np

    def work() -> None:
        for number, path in enumerate(_paths(task)):
            face = _area(cv2.imread(str(path)), task.side)
            np.save(f"{task.output}/{number:06}.npy", face)

    return work


def _area(pixels: Any, side: int) -> Any:
    return cv2.resize(pixels, (side, side), interpolation=cv2.INTER_AREA)


def _decoding(task: Task, decode: Callable[[bytes], Any]) -> Work:
    contents = [path.read_bytes() for path in _paths(task)]

    def work() -> None:
        for content in contents:
            _area(decode(content), task.side)

    return work


def _opencv(task: Task, flag: int) -> Work:
    import numpy as np

    return _decoding(task, lambda content: cv2.imdecode(np.frombuffer(content, np.uint8), flag))


def opencv_full(task: Task) -> Work:
    """OpenCV's decoder at full size, then resize."""
    return _opencv(task, cv2.IMREAD_COLOR)


def opencv_reduced(task: Task) -> Work:
    """OpenCV's decoder at 1/4 or 1/2, then resize."""
    return _opencv(task, getattr(cv2, f"IMREAD_REDUCED_COLOR_{reduction(task.side)}"))


def simplejpeg_reduced(task: Task) -> Work:
    """Simplejpeg at 1/4 or 1/2, then resize."""
    import simplejpeg

    low = SIZE // reduction(task.side)
    return _decoding(
        task,
        lambda content: simplejpeg.decode_jpeg(content, "RGB", min_height=low, min_width=low),
    )


VARIANTS = {variant.__name__: variant for variant in
        (step, bare, plain, opencv_full, opencv_reduced, simplejpeg_reduced)}  # fmt: skip


def cpu_seconds(*whose: int) -> float:
    """User and system time so far; RUSAGE_CHILDREN counts ended processes."""
    usages = [resource.getrusage(who) for who in whose]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def measure(variant: Callable[[Task], Work], task: Task) -> Spent:
    """Run one variant in a process of its own.

    Raises:
      SystemExit: the process failed; with the end of its standard error.
    """
    command = [sys.executable, "-m", __name__, variant.__name__, json.dumps(task)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{variant.__name__} failed:\n{done.stderr[-4000:]}")
    return Spent(*json.loads(done.stdout.splitlines()[-1]))


def idle_seconds() -> float:
    """Idle time of all cores so far (proc(5), /proc/stat, fields idle and iowait)."""
    fields = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()
    return (int(fields[4]) + int(fields[5])) / os.sysconf("SC_CLK_TCK")


def _check_report(task: Task) -> None:
    report = Path(task.output, REPORT_FILE)
    if report.exists() and json.loads(report.read_text())["accepted"] != task.rows:
        raise SystemExit(f"{report.read_text()}\nsome of {task.rows} faces were not written")


def main() -> None:
    """Measure one variant once."""
    cv2.setNumThreads(1)
    pictures, *rest = json.loads(sys.argv[2])
    task = Task(tuple(pictures), *rest)
    shutil.rmtree(task.output, ignore_errors=True)
    os.makedirs(task.output)
    work = VARIANTS[sys.argv[1]](task)
    whose = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
    cpu, idle, began = cpu_seconds(*whose), idle_seconds(), time.perf_counter()
    work()
    wall = time.perf_counter() - began
    cpu = cpu_seconds(*whose) - cpu
    free = (idle_seconds() - idle + cpu) / wall
    peak = max(resource.getrusage(who).ru_maxrss for who in whose) * 1024
    _check_report(task)
    sys.stdout.write(json.dumps(Spent(task.rows, cpu, wall, peak, free)) + "\n")


if __name__ == "__main__":
    main()
