"""How often the review's 95 % intervals hold the truth, on simulated people.

    python -m tests.benchmarks.intervals [--data-sets N] [--seed N]

A line per population: the share of data sets whose interval holds the population's share of right
images, for 5 to 200 subjects. In brackets the interval by image, as if no two were of one person.
Exits 1 where a share is below its bound.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence

from tests.benchmarks.people import (
    Cell,
    MeanCell,
    all_or_nothing,
    beta,
    coverage,
    mean_coverage,
    rising,
)

SUBJECTS = (5, 10, 20, 50, 200)
ACCURACIES = (0.5, 0.8, 0.95)
CORRELATIONS = (0.1, 0.3, 0.6)
LEAST = 0.93  # Of nominally 0.95.
LEAST_RISING = 0.915


def cells() -> Iterator[tuple[Cell, float]]:
    """The populations, each with the least share that its intervals must hold."""
    for accuracy in ACCURACIES:
        for icc in CORRELATIONS:
            name = f"accuracy {accuracy:.2f}, correlation {icc:.1f}"
            yield Cell(name, beta, accuracy, icc, icc), LEAST
    for accuracy in ACCURACIES:
        name = f"accuracy {accuracy:.2f}, people all right or all wrong"
        yield Cell(name, all_or_nothing, accuracy, 1.0, 1.0), LEAST
        name = f"accuracy {accuracy:.2f}, correlation 0.4, pooled 0.2"
        yield Cell(name, beta, accuracy, 0.4, 0.2), LEAST
        name = f"accuracy {accuracy:.2f}, rising with the number of images"
        yield Cell(name, rising, accuracy, 0.3, 0.3), LEAST_RISING


def mean_cells() -> Iterator[MeanCell]:
    """The populations of class errors."""
    for shift in (0.0, 0.4, -1.5):
        for between, within in ((0.3, 0.9), (0.7, 0.7)):
            icc = between**2 / (between**2 + within**2)
            yield MeanCell(
                f"class error {shift:+.1f}, correlation {icc:.1f}", shift, between, within
            )


def show(name: str, found: Sequence[tuple[float, float]], least: float) -> int:
    """Print a row; return the number of shares below `least`."""
    marks = ["!" if ours < least else " " for ours, _ in found]
    columns = [
        f"{100 * ours:8.1f}{mark}({100 * by_image:4.1f})"
        for (ours, by_image), mark in zip(found, marks, strict=True)
    ]
    row = "".join(f"{column:>16}" for column in columns)
    sys.stdout.write(f"{name:<56}{row}\n")
    sys.stdout.flush()
    return marks.count("!")


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data-sets", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    missed = 0
    head = "".join(f"{subjects:>16}" for subjects in SUBJECTS)
    sys.stdout.write(f"{'subjects':<56}{head}\n")
    for cell, least in cells():
        found = [coverage(cell, n, arguments.data_sets, arguments.seed) for n in SUBJECTS]
        missed += show(cell.name, found, least)
    for mean_cell in mean_cells():
        found = [mean_coverage(mean_cell, n, arguments.data_sets, arguments.seed) for n in SUBJECTS]
        missed += show(mean_cell.name, found, LEAST)
    sys.stdout.write(f"{missed} below {100 * LEAST:g} % (rising: {100 * LEAST_RISING:g} %)\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
