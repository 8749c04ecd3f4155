"""Damaged and unusual inputs, drawn from a seed, against oracles.

    python -m tests.fuzz [--seed S] [--lines N] [--pictures N]

Prints one table and the name of every input with a wrong outcome; exits 1 where a row was lost, a
process crashed, or one hung. The same seed and number draw the same inputs.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.fuzz import label_lines, pictures, report
from tests.fuzz.report import Tally

# By option: the default number of inputs, and a function of their number, the seed and a folder.
HALVES: dict[str, tuple[int, Callable[[int, int, Path], Iterator[Tally]]]] = {
    "lines": (1_000, label_lines.run),
    "pictures": (2_000, pictures.run),
}


def main() -> int:
    """Run every half and print the table; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--seed", type=int, default=0)
    for name, (count, _) in HALVES.items():
        parser.add_argument(f"--{name}", type=int, default=count, metavar="N")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tallies = [
            tally
            for name, (_, run) in HALVES.items()
            for tally in run(getattr(arguments, name), arguments.seed, Path(folder))
        ]
    sys.stdout.writelines(f"{line}\n" for line in report.lines(tallies))
    return int(any(tally.has_failed for tally in tallies))


if __name__ == "__main__":
    sys.exit(main())
