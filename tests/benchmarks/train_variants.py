"""Variants that `train.py` measures by turns in one process, which prints their cost as JSON.

python -m tests.benchmarks.train_variants TASK
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pipelines.process_environment import set_environment
from tests.benchmarks.pixels_variants import idle_seconds
from tests.components.trainer import small_faces
from tests.components.trainer.small_faces import DrawnFace

SIDE = 64
CLASSES = 8
FOLDS = 4
SEED = 0
PRODUCT_SIDE = 2048  # Of the matrices whose product measures the machine.
PRODUCTS = 4  # Per round.


class Task(NamedTuple):
    """Settings of one process."""

    folder: str  # Filled by `prepare`.
    images: int  # Per epoch; a multiple of the batch.
    batch: int
    rounds: int
    single: int  # Images of a round with one image per step; 0 leaves this variant out.


class Spent(NamedTuple):
    """Number of images, or matrix products, and the seconds that they took."""

    done: int
    wall: float
    cpu: float
    free: float  # Mean number of cores that were idle or worked for this process.


class Measured(NamedTuple):
    """Measurements of one process; the k-th rounds of all variants ran one after the other."""

    rounds: dict[str, list[Spent]]
    flops: int  # Per image, forward and backward.
    peak: int  # Resident bytes.


Variant = Callable[[], int]  # Does the work; returns the number of images.


def prepare(folder: Path, count: int) -> None:
    """Write shards of drawn faces and their transform graph; existing ones are kept."""
    faces = folder / f"{count}"
    if not faces.exists():
        unfinished = folder / f"{count}.unfinished"
        small_faces.write_faces(unfinished, list(_drawn(count)), shards=2)
        unfinished.rename(faces)
    graph = folder / "graph"
    if not graph.exists():
        unfinished = folder / "graph.unfinished"
        small_faces.write_transform_output(
            unfinished, "age", images=replace(small_faces.IMAGES, side=SIDE)
        )
        unfinished.rename(graph)


def _drawn(images: int) -> Iterator[DrawnFace]:
    """Draw noise, whose PNGs are twice as large as those of photos."""
    for number in range(images):
        yield DrawnFace(
            key=f"drawn/{number}",
            subject=f"s{number // 4}",
            photographer=f"p{number // 8}",
            fold=f"fold_{number % FOLDS}",
            age=small_faces.AGES[number % CLASSES],
            gender="f",
            pixels=small_faces.draw(number, number % 2, SIDE),
        )


def _files(task: Task) -> list[str]:
    folds = [f"fold_{number}" for number in range(FOLDS)]
    return small_faces.shards_of(Path(task.folder, str(task.images)), *folds)


def _model(task: Task) -> Any:
    import keras

    from components.trainer.models import builders
    from components.trainer.models.spec import ModelSpec
    from components.trainer.training.distribution import make_strategy
    from schemas.config.train import TrainConfig

    keras.utils.set_random_seed(SEED)
    with make_strategy(TrainConfig(batch_size=task.batch, devices="cpu")).scope():
        model = builders.build("xception", ModelSpec(SIDE, (("age", CLASSES),), SEED))
        model.compile(
            optimizer=keras.optimizers.Adam(1e-3),
            loss={"age": keras.losses.SparseCategoricalCrossentropy()},
            weighted_metrics={"age": [keras.metrics.SparseCategoricalAccuracy()]},
        )
    return model


def _batches(task: Task) -> Any:
    """Training batches of the pipeline, without end."""
    import tensorflow_transform as tft

    from components.trainer.data import dataset
    from components.trainer.data.augmentation import augmentation
    from components.trainer.data.epochs import EpochPlan, Shuffle
    from schemas.config.train import TrainConfig

    graph = tft.TFTransformOutput(str(Path(task.folder, "graph")))
    faces = dataset.shuffled(
        dataset.Faces(_files(task), None), graph, ["age"], Shuffle(task.images, SEED)
    )
    flips = augmentation(TrainConfig(augment=("flip",)))
    return dataset.training_batches(faces, EpochPlan(task.images, task.batch, SEED), flips)


def fed(task: Task, model: Any) -> Variant:
    """One epoch of fit() fed by the pipeline.

    It is always a first epoch, which reads and decodes; later ones read from memory.
    """
    epochs = [_batches(task) for _ in range(1 + task.rounds)]

    def work() -> int:
        model.fit(epochs.pop(), steps_per_epoch=-(-task.images // task.batch), verbose=0)
        return task.images

    return work


def arrays(task: Task, model: Any) -> Variant:
    """One epoch of fit() on the same faces as arrays in memory, without augmentation."""
    images, labels, weights = _arrays(task)

    def work() -> int:
        model.fit(images, labels, sample_weight=weights, batch_size=task.batch, verbose=0)
        return task.images

    return work


def single(task: Task, model: Any) -> Variant:
    """`train_on_batch` with one image, as in a published recipe."""
    images, labels, weights = _arrays(task)

    def work() -> int:
        for number in range(task.single):
            one = slice(number, number + 1)
            model.train_on_batch(
                images[one],
                {"age": labels["age"][one]},
                sample_weight={"age": weights["age"][one]},
            )
        return task.single

    return work


def _arrays(task: Task) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    drawn = list(_drawn(task.images))
    images = np.stack([face.pixels for face in drawn]).astype(np.float32) / 127.5 - 1
    labels = np.arange(task.images) % CLASSES
    return images, {"age": labels}, {"age": np.ones(task.images, np.float32)}


def products() -> Variant:
    """Large float32 matrix products: the upper bound of this machine."""
    import tensorflow as tf

    square = tf.random.stateless_normal((PRODUCT_SIDE, PRODUCT_SIDE), (SEED, SEED))
    multiply = tf.function(lambda matrix: tf.matmul(matrix, square))

    def work() -> int:
        result = square
        for _ in range(PRODUCTS):
            result = multiply(result) / PRODUCT_SIDE
        result.numpy()
        return PRODUCTS

    return work


def measure(task: Task, **environment: str) -> Measured:
    """Measure in a process of its own, with changes to its environment.

    Raises:
      SystemExit: the process failed; with the end of its standard error.
    """
    done = subprocess.run(
        [sys.executable, "-m", __name__, json.dumps(task)],
        capture_output=True, text=True, check=False, env={**os.environ, **environment},
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{task} failed:\n{done.stderr[-4000:]}")
    printed: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    rounds = {name: [Spent(*spent) for spent in each] for name, each in printed["rounds"].items()}
    return Measured(rounds, printed["flops"], printed["peak"])


def _timed(work: Variant) -> Spent:
    idle, wall, cpu = idle_seconds(), time.perf_counter(), time.process_time()
    done = work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return Spent(done, wall, cpu, (idle_seconds() - idle + cpu) / wall)


def main() -> None:
    """Warm up every variant, then measure them by turns."""
    task = Task(*json.loads(sys.argv[1]))
    set_environment()
    from tests.benchmarks.train_flops import training_flops

    model = _model(task)
    variants = {"fed": fed(task, model), "arrays": arrays(task, model), "products": products()}
    if task.single:
        variants["single"] = single(task, model)
    for work in variants.values():
        work()
    rounds: dict[str, list[Spent]] = {name: [] for name in variants}
    for _ in range(task.rounds):
        for name, work in variants.items():
            rounds[name].append(_timed(work))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    sys.stdout.write(json.dumps(Measured(rounds, training_flops(model), peak)._asdict()) + "\n")


if __name__ == "__main__":
    main()
