"""The image step beside a plain OpenCV loop and libjpeg-turbo alone: CPU, memory, workers, pixels.

    python -m tests.benchmarks.pixels FOLDER [--images N] [--rounds N] [--only PART ...]

Draws pictures like Adience's aligned faces into FOLDER and measures every variant on them, each in
a process of its own. Variants take turns, so that a busy machine affects all alike; the best round
of each counts. Prints a table and exits 1 where a figure misses its bound.
"""

import argparse
import math
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from tests.benchmarks import pixels_tjbench as tjbench
from tests.benchmarks import pixels_variants as variants
from tests.benchmarks.figures import Figure
from tests.benchmarks.pixels_detector import REAL, detector_figures
from tests.benchmarks.pixels_drawing import draw, spread
from tests.benchmarks.pixels_variants import Spent, Task, reduction

SIDE, LARGE_SIDE = 128, 256  # Bounds apply to the first.
SAMPLE = 24  # Pictures that tjbench decodes.
FEW = 10  # Images of a run that is dominated by its start.
MANY = 10  # Times the images in a long run.
PATIENCE = 60  # Seconds to wait for idle cores before measuring wall time.
REAL_FACES = REAL / "utkface_sample"
REAL_SIDE = 64


class Bench(NamedTuple):
    """Settings of all measurements."""

    pictures: list[Path]
    output: str
    rounds: int

    def task(self, rows: int, side: int = SIDE, workers: int = 1) -> Task:
        """Task on the drawn pictures."""
        return Task(tuple(map(str, self.pictures)), self.output, rows, side, workers)


def cpu(bench: Bench) -> Iterator[Figure]:
    """CPU time per image of every variant at both sides."""
    found: defaultdict[tuple[str, int], list[float]] = defaultdict(list)
    sample = spread(bench.pictures, min(SAMPLE, len(bench.pictures)))
    for _ in range(bench.rounds):
        for side in (SIDE, LARGE_SIDE):
            task = bench.task(len(bench.pictures), side)
            for name, variant in variants.VARIANTS.items():
                found[name, side].append(variants.measure(variant, task).cpu_ms)
            if tjbench.is_installed():
                found["tjbench", side].append(tjbench.cpu_ms(sample, side))
    best = {variant: min(each) for variant, each in found.items()}
    for side in (SIDE, LARGE_SIDE):
        yield from _cpu_figures({name: ms for (name, at), ms in best.items() if at == side}, side)


def _cpu_figures(ms: dict[str, float], side: int) -> Iterator[Figure]:
    """Figures from the best CPU milliseconds of each variant; bounds only at SIDE."""
    scale, bound = f"1/{reduction(side)}", side == SIDE
    names = {
        "step": "the step through Beam", "bare": "the same as a plain loop",
        "plain": "(a) cv2.imread, cv2.resize, np.save",
        "opencv_full": "OpenCV, decode and resize alone",
        "opencv_reduced": f"OpenCV at {scale}, decode and resize alone",
        "simplejpeg_reduced": f"simplejpeg at {scale}, decode and resize alone",
        "tjbench": f"(b) tjbench -scale {scale}",
    }  # fmt: skip
    for name, value in ms.items():
        yield Figure(f"side {side}: {names[name]}", value, "ms CPU")
    step = ms["step"]
    yield Figure(f"side {side}: times as fast as (a)", ms["plain"] / step, "",
                 1.6 if bound else -math.inf)  # fmt: skip
    if "tjbench" in ms:
        yield Figure(f"side {side}: rate beside (b)", ms["tjbench"] / step, "",
                     0.72 if bound else -math.inf)  # fmt: skip
    else:
        yield _skipped(f"side {side}: rate beside (b)", "no tjbench: install libjpeg-turbo-progs")
    yield Figure(f"side {side}: Beam's share of the CPU time", 100 * (1 - ms["bare"] / step), "%",
                 high=15 if bound else math.inf)  # fmt: skip


def _skipped(name: str, reason: str) -> Figure:
    return Figure(name, math.nan, note=f"skipped, {reason}")


def memory(bench: Bench) -> Iterator[Figure]:
    """Peak resident memory for the pictures and for MANY times as many rows."""
    count = len(bench.pictures)
    peaks = []
    for rows in (count, MANY * count):
        task = bench.task(rows)
        peaks.append(variants.measure(variants.step, task).peak)
        yield Figure(f"peak resident memory, {rows} images", peaks[-1] / 1e6, "MB")
    more = 100 * (peaks[1] / peaks[0] - 1)
    yield Figure(f"more for {MANY} times the images", more, "%", high=15)


def workers(bench: Bench) -> Iterator[Figure]:
    """Two worker processes against one; subtracting a run of FEW images cancels the start."""
    many = MANY * len(bench.pictures)
    found: defaultdict[tuple[int, int], list[Spent]] = defaultdict(list)
    for _ in range(bench.rounds):
        for count in (1, 2):
            for rows in (FEW, many):
                task = bench.task(rows, workers=count)
                _wait_for_cores(count)
                found[count, rows].append(variants.measure(variants.step, task))
    wall = {case: min(spent.wall for spent in each) for case, each in found.items()}
    cpu_best = {case: min(spent.cpu for spent in each) for case, each in found.items()}
    seconds = {count: (wall[count, many] - wall[count, FEW]) / (many - FEW) for count in (1, 2)}
    costs = {
        count: (cpu_best[count, many] - cpu_best[count, FEW]) / (many - FEW) for count in (1, 2)
    }
    free = min(found[2, many], key=lambda spent: spent.wall).free
    for count in (1, 2):
        yield Figure(f"workers {count}: rate once started", 1 / seconds[count], "images/s")
        yield Figure(f"workers {count}: CPU per image once started", 1e3 * costs[count], "ms CPU")
        yield Figure(f"workers {count}: wall of {FEW} images, mostly start", wall[count, FEW], "s")
    faster = seconds[1] / seconds[2]
    yield Figure("two workers' rate beside one's", faster, "", 1.5,
                 note=f"of {os.cpu_count()} cores {free:.1f} were free for it")  # fmt: skip
    yield Figure("two workers' CPU per image beside one's", costs[2] / costs[1], "", high=1.15)
    saved = seconds[1] - seconds[2]
    pays = (wall[2, FEW] - wall[1, FEW]) / saved if saved > 0 else math.inf
    yield Figure("two workers pay off from", pays, "images")


def _wait_for_cores(count: int) -> None:
    """Wait until `count` cores are idle for a second, at most PATIENCE seconds."""
    for _ in range(PATIENCE):
        idle, began = variants.idle_seconds(), time.perf_counter()
        time.sleep(1)
        if (variants.idle_seconds() - idle) / (time.perf_counter() - began) >= 0.9 * count:
            return


def fidelity(bench: Bench) -> Iterator[Figure]:
    """Distance of the pixels, before encoding, from a full decode and area resize."""
    yield from _distances("drawn", bench.pictures, SIDE)
    real = sorted(REAL_FACES.glob("*.jpg"))
    if real:
        yield from _distances("UTKFace", real, REAL_SIDE)
    else:
        yield _skipped(f"UTKFace at {REAL_SIDE}: pixels differ by", f"no pictures in {REAL_FACES}")


def _distances(name: str, paths: list[Path], side: int) -> Iterator[Figure]:
    from components.faces.prepare import prepare
    from schemas.config.blocks import ImagesConfig

    config = ImagesConfig(side=side)
    each = []
    for path in paths:
        encoded = path.read_bytes()
        whole = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR)
        wanted = cv2.resize(whole, (side, side), interpolation=cv2.INTER_AREA)[..., ::-1]
        stored = prepare(encoded, config).pixels
        each.append(float(np.abs(stored.astype(np.int16) - wanted).mean()))
    yield Figure(f"{name} at {side}: pixels differ by, mean of {len(each)} images",
                 float(np.mean(each)), "grey levels", high=1.5)  # fmt: skip
    yield Figure(f"{name} at {side}: pixels differ by, largest", max(each), "grey levels")


def detector(_: Bench) -> Iterator[Figure]:
    """Faces found, wrong and missed, and the cost of the detection."""
    yield from detector_figures()


PARTS = {
    "cpu": cpu, "workers": workers, "memory": memory, "fidelity": fidelity, "detector": detector,
}  # fmt: skip


def main() -> int:
    """Measure and print; returns the exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--images", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    pictures = draw(arguments.folder / "drawn", arguments.images)
    size = np.mean([path.stat().st_size for path in pictures]) / 1024
    sys.stdout.write(f"{len(pictures)} drawn pictures, {size:.1f} KiB on average\n")
    missed = 0
    # A folder of its own, so that two benchmarks at a time do not share files.
    with tempfile.TemporaryDirectory(dir=arguments.folder) as output:
        bench = Bench(pictures, output, arguments.rounds)
        for figure in (figure for part in arguments.only for figure in PARTS[part](bench)):
            sys.stdout.write(f"{figure}\n")
            sys.stdout.flush()
            missed += figure.is_missed
    sys.stdout.write(f"{missed} missed\n" if missed else "every bound is met\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
