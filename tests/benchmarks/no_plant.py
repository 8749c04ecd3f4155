"""How often a review of drawn faces without a planted bias names a group.

    python -m tests.benchmarks.no_plant FOLDER [--seeds N] [--faces N]

Draws, trains a small model and reviews, once a seed. The model trains until validation stops
improving, on the demo's own size of pictures: the less it knows a class of age, the likelier is
that class named, which is no chance. A group is named where its comparison with chance has
p < 0.05 after Holm's correction. Exits 1 if that comes in more than a tenth of the seeds.
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

from tests.repository import ROOT, environment, facefold_command

P = 0.05
SMALL = (
    "train.model=utk_cnn", "train.epochs=40", "train.batch_size=16", "train.augment=[flip]",
    "evaluate.undecidable=release", "evaluate.thresholds.accuracy=0.0",
)  # fmt: skip


def named(folder: Path, seed: int, faces: int) -> list[str]:
    """The groups that the review of one seed names."""
    data, runs = folder / "data", folder / "runs"
    for part in (data, runs):
        shutil.rmtree(part, ignore_errors=True)
    draw = ("demo", str(data), "--no-plant", "--seed", str(seed), "--faces", str(faces))
    run = ("run", str(data / "demo.yaml"), *SMALL, f"seed={seed}", f"output={runs}")
    for command in (draw, run):
        subprocess.run(
            facefold_command(*command), cwd=ROOT, env=environment(), check=True, capture_output=True
        )
    review = json.loads((runs / "demo" / "review" / "review.json").read_text())
    return [test["worst"] for test in review["worse_than_chance"] if test["p_corrected"] < P]


def main() -> int:
    """Print a line per seed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--faces", type=int, default=1000)
    arguments = parser.parse_args()
    folder = arguments.folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    with_names = 0
    for seed in range(arguments.seeds):
        groups = named(folder, seed, arguments.faces)
        with_names += bool(groups)
        sys.stdout.write(f"seed {seed:>3}: {', '.join(groups) or 'nobody named'}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{with_names} of {arguments.seeds} seeds name a group\n")
    return 1 if 10 * with_names > arguments.seeds else 0


if __name__ == "__main__":
    sys.exit(main())
