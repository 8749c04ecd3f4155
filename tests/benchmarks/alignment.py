"""What aligned faces are worth outside their own data set: gender, UTKFace to FairFace.

    python -m tests.benchmarks.alignment OUTPUT [--epochs N] [--seeds N] [--faces N] [--margin M]

Trains the shipped config `utkface` with `images.align` `none`, `crop` and `eyes`, each with several
seeds and alike otherwise. Each model is tested on UTKFace's held-out fold and on FairFace, whose
pictures go through the same `prepare`. Results are kept in OUTPUT/results.json after each
training; the same command goes on where it was stopped. Prints a line per training, then one per
arm: the mean over the seeds with a 95 % interval that draws pictures.
"""

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from schemas.config.blocks import ImagesConfig
from schemas.config.serialization import load
from tests.benchmarks.parity import last_artifact

ARMS = ("none", "crop", "eyes")
UTKFACE = Path("../shared/data/utkface_sample")
FAIRFACE = Path("../shared/data/fairface_sample")
GENDERS = {"Male": "m", "Female": "f"}
DRAWS = 10_000  # Of the bootstrap.
BATCH = 50

Right = list[int]  # 1 for each picture whose class was right, else 0; pictures in a fixed order.


def interval(right: npt.NDArray[np.float64]) -> tuple[float, float]:
    """95 % percentile interval of the mean, (pictures,), drawing pictures with replacement."""
    draws = np.random.default_rng(0).integers(0, len(right), (DRAWS, len(right)))
    low, high = np.quantile(right[draws].mean(axis=1), (0.025, 0.975))
    return float(low), float(high)


def formatted(seeds: Iterable[Right]) -> str:
    """Mean over pictures and seeds, as `0.800 [0.750, 0.850]`."""
    right = np.mean(np.array(list(seeds), np.float64), axis=0)
    low, high = interval(right)
    return f"{right.mean():.3f} [{low:.3f}, {high:.3f}]"


def train(images: Path, arm: str, seed: int, arguments: argparse.Namespace) -> Path:
    """Run the pipeline; gives its run folder. Seeds of an arm share its data steps."""
    overrides = {
        "name": f"align-{arm}", "data.images": images, "output": arguments.output / "runs",
        "seed": seed, "train.epochs": arguments.epochs, "images.align": arm,
        "images.margin": arguments.margin,
    }  # fmt: skip
    words = [f"{key}={value}" for key, value in overrides.items()]
    done = subprocess.run(
        [sys.executable, "-m", "pipelines", "run", "utkface", *words],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode not in (0, 3):
        raise SystemExit(done.stderr)
    return Path(arguments.output, "runs", f"align-{arm}")


def on_utkface(run: Path) -> Right:
    """The held-out faces, by key; one that has no gender is left out."""
    table = pq.read_table(last_artifact(run, "Evaluator/evaluation") / "predictions.parquet")
    rows = sorted(table.to_pylist(), key=lambda row: row["key"])
    return [int(row["label"] == row["predicted"]) for row in rows if row["label"] >= 0]


def on_fairface(run: Path) -> Right:
    """All pictures of the sample, by name."""
    import tensorflow as tf

    from components.faces.prepare import prepare
    from schemas.artifact_files import SIGNATURES_FILE

    folder = last_artifact(run, "Trainer/model") / "Format-Serving"
    described = json.loads((folder / SIGNATURES_FILE).read_text())
    config = load(ImagesConfig, json.dumps(described["images"]))
    serve = tf.saved_model.load(str(folder)).signatures["serve_uint8"]
    truth = json.loads((FAIRFACE / "ground_truth.json").read_text())
    truth.sort(key=lambda row: row["filename"])
    squares = [prepare((FAIRFACE / row["filename"]).read_bytes(), config).pixels for row in truth]
    labels: list[bytes] = []
    for start in range(0, len(squares), BATCH):
        answer = serve(pixels=tf.constant(np.stack(squares[start : start + BATCH])))
        labels += answer["gender_label"].numpy().tolist()
    pairs = zip(truth, labels, strict=True)
    return [int(GENDERS[row["gender"]] == label.decode()) for row, label in pairs]


def pictures(arguments: argparse.Namespace) -> Path:
    """The folder of UTKFace pictures: all of them, or copies of some, evenly spread."""
    if not arguments.faces:
        return UTKFACE.resolve()
    folder = Path(arguments.output, "pictures")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    paths = sorted(UTKFACE.glob("*.jpg"))
    for index in np.linspace(0, len(paths) - 1, arguments.faces).astype(int):
        shutil.copy2(paths[index], folder)
    return folder.resolve()


def main() -> None:
    """Train what is missing, and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("output", type=Path)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--faces", type=int, default=0, help="UTKFace pictures; 0: all")
    parser.add_argument("--margin", type=float, default=0.1)
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    file = arguments.output / "results.json"
    settings = {name: getattr(arguments, name) for name in ("epochs", "faces", "margin")}
    results: dict[str, Any] = json.loads(file.read_text()) if file.exists() else settings
    if {name: results[name] for name in settings} != settings:
        raise SystemExit(f"{file} has results of other settings; name another folder.")
    images = pictures(arguments)
    for seed in range(arguments.seeds):
        for arm in ARMS:
            key = f"{arm} {seed}"
            if key not in results:
                run = train(images, arm, seed, arguments)
                results[key] = {"utkface": on_utkface(run), "fairface": on_fairface(run)}
                file.with_suffix(".new").write_text(json.dumps(results))
                file.with_suffix(".new").replace(file)
            right = results[key]
            texts = (f"{name} {formatted([right[name]])}" for name in ("utkface", "fairface"))
            sys.stdout.write(f"{arm:<5} seed {seed}  {'  '.join(texts)}\n")
            sys.stdout.flush()
    for arm in ARMS:
        each = [results[f"{arm} {seed}"] for seed in range(arguments.seeds)]
        texts = (
            f"{name} {formatted(right[name] for right in each)}" for name in ("utkface", "fairface")
        )
        sys.stdout.write(f"{arm:<5} all     {'  '.join(texts)}\n")


if __name__ == "__main__":
    main()
