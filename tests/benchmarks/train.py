"""Training fed by the pipeline beside arrays in memory, one image per step and matrix products.

    python -m tests.benchmarks.train FOLDER [--quick] [--rounds N] [--only PART ...]

Trains the small Xception at side 64 on drawn faces. The variants take turns in one process; a ratio
is the median over the rounds. Each ratio of wall time stands beside one of CPU time, which alone is
meaningful on a busy machine: a large step waits for the slowest of its threads, a step of one image
hardly uses a second one. Prints a table and exits 1 where a figure misses its bound.
"""

import argparse
import os
import statistics
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks import train_variants as variants
from tests.benchmarks.figures import Figure
from tests.benchmarks.train_variants import PRODUCT_SIDE, Measured, Spent, Task

BATCHES = (16, 32, 64)
BATCH = 32  # Bounds apply to it.
IMAGES, FEW_IMAGES = 192, 128  # Multiples of every batch.
SINGLE = 24  # Images of a round with one image per step.
ONEDNN = "TF_ENABLE_ONEDNN_OPTS"

Clock = Callable[[Spent], float]


class Bench(NamedTuple):
    """Settings of all measurements."""

    folder: Path
    images: int
    rounds: int
    batches: tuple[int, ...]

    def task(self, batch: int, single: int = 0) -> Task:
        """Task on the drawn faces."""
        return Task(str(self.folder), self.images, batch, self.rounds, single)


def wall(spent: Spent) -> float:
    """Images, or products, per second."""
    return spent.done / spent.wall


def cpu(spent: Spent) -> float:
    """Images, or products, per second of CPU time."""
    return spent.done / spent.cpu


def times(measured: Measured, variant: str, other: str, clock: Clock = wall) -> float:
    """Median ratio of the rates of two variants."""
    pairs = zip(measured.rounds[variant], measured.rounds[other], strict=True)
    return statistics.median(clock(one) / clock(two) for one, two in pairs)


def rate(measured: Measured, variant: str, clock: Clock = wall) -> float:
    """Median rate."""
    return statistics.median(map(clock, measured.rounds[variant]))


def feed(bench: Bench) -> Iterator[Figure]:
    """Rates and ratios for every batch size."""
    for batch in bench.batches:
        bound = batch == BATCH
        measured = variants.measure(bench.task(batch, SINGLE if bound else 0))
        yield Figure(f"batch {batch}: fed by the pipeline", rate(measured, "fed"), "images/s")
        yield Figure(f"batch {batch}: CPU per image", 1e3 / rate(measured, "fed", cpu), "ms CPU")
        yield from _compared(f"batch {batch}: fed / arrays in memory", measured, "arrays", 0.95)
        if bound:
            yield from _compared(
                f"batch {batch}: fed / one image per step", measured, "single", 1.5
            )
        yield from _share(f"batch {batch}", measured)
        yield Figure(f"batch {batch}: peak resident memory", measured.peak / 1e6, "MB")


def _compared(name: str, measured: Measured, other: str, low: float) -> Iterator[Figure]:
    free = statistics.median(
        spent.free for variant in ("fed", other) for spent in measured.rounds[variant]
    )
    note = f"of {os.cpu_count()} cores {free:.1f} were free for it"
    yield Figure(name, times(measured, "fed", other), "", low, note=note)
    yield Figure(f"{name}, by CPU time", times(measured, "fed", other, cpu))


def _share(name: str, measured: Measured) -> Iterator[Figure]:
    """Share of the rate at which the machine multiplies matrices."""
    product = 2 * PRODUCT_SIDE**3 / 1e9
    image = measured.flops / 1e9
    yield Figure(f"{name}: training", image * rate(measured, "fed"), "GFLOP/s",
                 note=f"{image:.2f} GFLOP per image")  # fmt: skip
    yield Figure(f"{name}: matrix products", product * rate(measured, "products"), "GFLOP/s")
    for clock, suffix in ((wall, ""), (cpu, ", by CPU time")):
        share = image / product * times(measured, "fed", "products", clock)
        yield Figure(f"{name}: share of matrix products{suffix}", 100 * share, "%")


def onednn(bench: Bench) -> Iterator[Figure]:
    """Kernels of oneDNN on and off, in alternating processes."""
    task = bench.task(BATCH)._replace(rounds=1)
    rounds: dict[str, list[Spent]] = {"1": [], "0": []}
    for _ in range(bench.rounds):
        for switch, spent in rounds.items():
            spent += variants.measure(task, **{ONEDNN: switch}).rounds["arrays"]
    both = Measured(rounds, 0, 0)
    yield Figure("oneDNN on / off", times(both, "1", "0"))
    yield Figure("oneDNN on / off, by CPU time", times(both, "1", "0", cpu))


PARTS = {"feed": feed, "onednn": onednn}


def main() -> int:
    """Measure and print; returns the exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="few images, one batch size")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=["feed"])
    arguments = parser.parse_args()
    images, batches = (FEW_IMAGES, (BATCH,)) if arguments.quick else (IMAGES, BATCHES)
    variants.prepare(arguments.folder, images)
    bench = Bench(arguments.folder, images, arguments.rounds, batches)
    missed = 0
    for figure in (figure for part in arguments.only for figure in PARTS[part](bench)):
        sys.stdout.write(f"{figure}\n")
        sys.stdout.flush()
        missed += figure.is_missed
    sys.stdout.write(f"{missed} missed\n" if missed else "every bound is met\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
