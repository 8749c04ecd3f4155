"""Peak memory of each Beam step for more and more faces, and its growth per face.

    python -m tests.benchmarks.memory FOLDER [--faces N N ...]

Draws small faces into FOLDER and runs the pipeline up to each step in a command of its own, whose
peak counts. All faces but a few are held out, so that the training is short and the Evaluator reads
as many as FaceExampleGen. Exits 1 where a step grows by more than a kilobyte a face.
"""

import argparse
import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import yaml

from tests.benchmarks.figures import Figure
from tests.benchmarks.pixels_drawing import picture
from tests.repository import ROOT, environment, facefold_command

STEPS = ("FaceExampleGen", "StatisticsGen", "Transform", "Evaluator")
BEFORE = {"FaceExampleGen": "LabelValidator", "Evaluator": "Trainer"}  # Run first, not measured.
SIDE = 200  # Pixels of a drawn face.
DRAWN = 50  # Different pictures; each face's file differs by a comment.
TRAINED = 400  # Faces that are not held out.
IMAGES_OF_A_PERSON = 10
LIMIT_KB = 1.0


def draw(folder: Path, faces: int) -> Path:
    """Write the files of so many faces; returns the config."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "faces").mkdir(parents=True)
    pictures = [
        cv2.imencode(".jpg", cv2.resize(picture(number), (SIDE, SIDE)))[1].tobytes()
        for number in range(DRAWN)
    ]
    with (folder / "labels.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "age", "gender", "subject", "fold"])
        for number in range(faces):
            name, person = f"{number:07}.jpg", number // IMAGES_OF_A_PERSON
            jpeg = pictures[number % DRAWN]
            comment = b"\xff\xfe" + (len(name) + 2).to_bytes(2, "big") + name.encode()
            (folder / "faces" / name).write_bytes(jpeg[:2] + comment + jpeg[2:])
            fold = "train" if number < TRAINED else "test"
            writer.writerow([name, 25 + person % 8, "fm"[person % 2], f"p{person}", fold])
    config = {
        "name": "memory",
        "data": {
            "dataset": "csv", "labels": str(folder / "labels.csv"),
            "images": str(folder / "faces"),
            "columns": {name: name for name in ("path", "age", "gender", "subject", "fold")},
        },
        "labels": {"target": "gender", "near_repeats": "off"},
        "folds": {"test": ["test"], "validation_share": 0.2},
        "train": {"model": "utk_cnn", "epochs": 1},
        "beam": {"workers": 1},
        "output": str(folder / "runs"),
    }  # fmt: skip
    path = folder / "memory.yaml"
    path.write_text(yaml.safe_dump(config))
    return path


def peak_mb(config: Path, step: str) -> float:
    """Peak resident memory in megabytes of a run up to a step."""
    process = subprocess.Popen(
        facefold_command("run", str(config), "--to", step),
        cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL,
    )  # fmt: skip
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"the run up to {step} ended with {process.returncode}")
    return usage.ru_maxrss / 1024


def figures(folder: Path, counts: list[int]) -> Iterator[Figure]:
    """The peak of each step and number of faces, then the growth between the ends."""
    peaks: dict[str, dict[int, float]] = {step: {} for step in STEPS}
    for faces in counts:
        config = draw(folder / "data", faces)
        for step in STEPS:
            if step in BEFORE:
                peak_mb(config, BEFORE[step])
            peaks[step][faces] = peak_mb(config, step)
            yield Figure(f"{step}, {faces:,} faces", peaks[step][faces], "MB")
    fewest, most = counts[0], counts[-1]
    for step, by_count in peaks.items():
        growth = (by_count[most] - by_count[fewest]) * 1024 / (most - fewest)
        yield Figure(f"{step}, growth", growth, "KB a face", high=LIMIT_KB)


def main() -> int:
    """Print a line per figure as it comes."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--faces", type=int, nargs="+", default=[4000, 40000])
    arguments = parser.parse_args()
    missed = False
    for figure in figures(arguments.folder.absolute(), sorted(arguments.faces)):
        sys.stdout.write(f"{figure}\n")
        sys.stdout.flush()
        missed |= figure.is_missed
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
