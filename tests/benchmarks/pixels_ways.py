"""The ways that `pixels.py` measures, each in a process of its own: prints what it spent, as JSON.

python -m tests.benchmarks.pixels_ways WAY TASK
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
    """What to work on."""

    pictures: tuple[str, ...]  # Drawn, in one folder.
    output: str  # A folder that is emptied first.
    rows: int  # Faces; above the number of pictures, each is read several times.
    side: int
    workers: int = 1


class Spent(NamedTuple):
    """What the work took; imports and preparation are not in it, but for `peak`."""

    rows: int
    cpu: float  # Seconds, user and system, of the process and those it started.
    wall: float  # Seconds.
    peak: int  # Resident bytes of the largest process.
    free: float  # Cores that were idle or worked for us meanwhile, on average.

    @property
    def cpu_ms(self) -> float:
        """Of one image."""
        return self.cpu / self.rows * 1e3


Work = Callable[[], None]


def reduction(side: int) -> int:
    """The largest power of two by which a drawn picture may shrink and still cover `side`."""
    factor: int = 2 ** int(math.log2(SIZE / side))
    return factor


def _paths(task: Task) -> list[Path]:
    """The picture of each row."""
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
    """The product's step through Beam, with the product's options."""
    import apache_beam as beam
    from apache_beam.options.pipeline_options import PipelineOptions
    from apache_beam.runners.portability.fn_api_runner import fn_runner  # noqa: F401 - see below.

    from components.example_gen.image_report import write_results
    from components.example_gen.transforms import REJECTED, WriteFaces
    from components.example_gen.workers import set_workers
    from pipelines.beam import plain_args
    from schemas.config.blocks import BEAM_WORKERS, BeamConfig

    # Beam would import the engine when the pipeline runs: imports are not what is measured.
    rows, reading = _rows(task), _reading(task)
    os.environ[BEAM_WORKERS] = str(task.workers)

    def work() -> None:
        options = PipelineOptions(plain_args(BeamConfig()))
        set_workers(options, rows.num_rows, reading.images)
        with beam.Pipeline(options=options) as pipeline:
            outputs = pipeline | "WriteFaces" >> WriteFaces(task.output, reading, rows)
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
    """The same work as the step's, shard by shard, as a plain loop."""
    from components.example_gen.face_features import read_face
    from components.example_gen.image_report import WrittenShard, write_results
    from components.example_gen.shards import shard_tables
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
    """What one writes without thinking: imread, resize, save."""
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
    """OpenCV's decoder at full size, and the resize."""
    return _opencv(task, cv2.IMREAD_COLOR)


def opencv_reduced(task: Task) -> Work:
    """OpenCV's decoder at 1/4 or 1/2, and the resize."""
    return _opencv(task, getattr(cv2, f"IMREAD_REDUCED_COLOR_{reduction(task.side)}"))


def simplejpeg_reduced(task: Task) -> Work:
    """Simplejpeg at 1/4 or 1/2, and the resize."""
    import simplejpeg

    low = SIZE // reduction(task.side)
    return _decoding(
        task,
        lambda content: simplejpeg.decode_jpeg(content, "RGB", min_height=low, min_width=low),
    )


WAYS = {way.__name__: way for way in
        (step, bare, plain, opencv_full, opencv_reduced, simplejpeg_reduced)}  # fmt: skip


def cpu_seconds(*who: int) -> float:
    """User and system time so far; of processes that have ended, for RUSAGE_CHILDREN."""
    usages = [resource.getrusage(one) for one in who]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def measure(way: Callable[[Task], Work], task: Task) -> Spent:
    """Run one way in a process of its own.

    Raises:
      SystemExit: it failed; with its last words.
    """
    words = [sys.executable, "-m", __name__, way.__name__, json.dumps(task)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{way.__name__} failed:\n{done.stderr[-4000:]}")
    return Spent(*json.loads(done.stdout.splitlines()[-1]))


def idle_seconds() -> float:
    """Of all cores so far (proc(5), /proc/stat, fields idle and iowait)."""
    fields = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()
    return (int(fields[4]) + int(fields[5])) / os.sysconf("SC_CLK_TCK")


def _check_report(task: Task) -> None:
    report = Path(task.output, REPORT_FILE)
    if report.exists() and json.loads(report.read_text())["accepted"] != task.rows:
        raise SystemExit(f"{report.read_text()}\nsome of {task.rows} faces were not written")


def main() -> None:
    """Do the work once."""
    cv2.setNumThreads(1)
    pictures, *rest = json.loads(sys.argv[2])
    task = Task(tuple(pictures), *rest)
    shutil.rmtree(task.output, ignore_errors=True)
    os.makedirs(task.output)
    work = WAYS[sys.argv[1]](task)
    whose = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
    cpu, idle, began = cpu_seconds(*whose), idle_seconds(), time.perf_counter()
    work()
    wall = time.perf_counter() - began
    cpu = cpu_seconds(*whose) - cpu
    free = (idle_seconds() - idle + cpu) / wall
    peak = max(resource.getrusage(one).ru_maxrss for one in whose) * 1024
    _check_report(task)
    sys.stdout.write(json.dumps(Spent(task.rows, cpu, wall, peak, free)) + "\n")


if __name__ == "__main__":
    main()
