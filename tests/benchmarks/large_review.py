"""Time, memory and size of a review of many predictions and slices.

    python -m tests.benchmarks.large_review FOLDER [--faces N] [--slices N]

Draws predictions of one head, reviews them, and writes the files of the page. The seconds and the
peak memory are those of the review and its files alone.
"""

import argparse
import resource
import sys
import time
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from components.bias_review.output.html import render
from components.bias_review.review import review
from components.bias_review.run_info import RunInfo
from schemas.config.blocks import EvaluateConfig, Slice
from schemas.labels.classes import class_names
from schemas.prediction_table import PREDICTIONS, PROBABILITIES, STORED_METRICS
from schemas.slices import COLUMNS, QUALITY, bucket_names

CLASSES = class_names("age", "adience8")
FOLDS = tuple(f"fold_{number}" for number in range(5))
RACES = ("white", "black", "asian", "indian", "others")
MIB = 2**20


def draw(faces: int, seed: int = 0) -> pa.Table:
    """Predictions of the age of `faces` faces; some six of each subject."""
    rng = np.random.default_rng(seed)
    subject = np.sort(rng.integers(0, faces // 6, faces))
    label = subject % len(CLASSES)
    probabilities = rng.dirichlet(np.ones(len(CLASSES)) * 0.3, faces).astype(np.float32)
    right = rng.random(faces) < 0.8
    predicted = np.where(right, label, probabilities.argmax(axis=1))
    swap = probabilities.argmax(axis=1)
    rows = np.arange(faces)
    largest = probabilities[rows, swap].copy()
    probabilities[rows, swap] = probabilities[rows, predicted]
    probabilities[rows, predicted] = largest
    columns: dict[str, Any] = {
        "key": [f"drawn/{number}" for number in range(faces)],
        "subject": [f"s{number}" for number in subject],
        "photographer": [f"p{number // 20}" for number in subject],
        "fold": np.array(FOLDS)[subject % 5],
        "age": np.array(CLASSES)[label],
        "gender": np.array(["m", "f"])[subject // 8 % 2],
        "race": np.array(RACES)[subject // 16 % 5],
        **{
            name: np.array([*bucket_names(name), "unknown"])[
                rng.integers(0, len(bucket_names(name)) + 1, faces)
            ]
            for name in QUALITY
        },
        "head": ["age"] * faces,
        "label": label.astype(np.int32),
        "predicted": predicted.astype(np.int32),
        "probability": largest,
        PROBABILITIES: pa.ListArray.from_arrays(
            np.arange(0, probabilities.size + 1, len(CLASSES), np.int32), probabilities.ravel()
        ),
        **{name: np.zeros(faces, np.float32) for name in STORED_METRICS},
    }
    return pa.table(columns).cast(PREDICTIONS)


def slices(number: int) -> tuple[Slice, ...]:
    """So many slices: the columns, then pairs and triples of them."""
    found: list[Slice] = list(COLUMNS)
    found += [pair for size in (2, 3) for pair in combinations(COLUMNS, size)]
    return tuple(found[:number])


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--faces", type=int, default=200_000)
    parser.add_argument("--slices", type=int, default=100)
    arguments = parser.parse_args()
    table = draw(arguments.faces)
    run = RunInfo(
        "large", "xception", None, 64, "age", "repaired", ("drawn",), True, FOLDS, ("train",),
        synthetic=("drawn",),
    )  # fmt: skip
    config = EvaluateConfig(slices=slices(arguments.slices))
    began = time.monotonic()
    result = review([table], run, config, {"age": CLASSES}, seed=0)
    reviewed = time.monotonic() - began
    files = render(result)
    seconds = time.monotonic() - began
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (arguments.folder / name).write_text(text, encoding="utf-8")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    groups = sum(len(part.groups) for head in result.heads for part in head.slices)
    sys.stdout.write(
        f"{arguments.faces:,} predictions x {arguments.slices} slices, {groups:,} groups: "
        f"{seconds:.1f} s (review {reviewed:.1f}), peak {peak:,.0f} MiB, "
        f"page {len(files['index.html'].encode()) / MIB:.2f} MiB\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
