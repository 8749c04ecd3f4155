"""The ways that `train.py` measures, in one process and in turn: prints what they took, as JSON.

python -m tests.benchmarks.train_ways TASK
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

from pipelines.local.run import set_environment
from tests.benchmarks.pixels_ways import idle_seconds
from tests.components.trainer import small_faces
from tests.components.trainer.small_faces import DrawnFace

SIDE = 64
CLASSES = 8
FOLDS = 4
SEED = 0
PRODUCT_SIDE = 2048  # Of the matrices whose product tells what the machine can do.
PRODUCTS = 4  # In a row.


class Task(NamedTuple):
    """What to measure."""

    folder: str  # Of `prepare`.
    images: int  # Of an epoch; a multiple of the batch.
    batch: int
    rounds: int
    single: int  # Images of a round with one image a step; 0 leaves that way out.


class Spent(NamedTuple):
    """How many images, or matrix products, were done, and the seconds that they took."""

    done: int
    wall: float
    cpu: float
    free: float  # Cores that were idle or worked for us meanwhile, on average.


class Measured(NamedTuple):
    """What one process measured; the k-th of every way stood beside each other."""

    rounds: dict[str, list[Spent]]
    flops: int  # Of one image, forward and backward.
    peak: int  # Resident bytes.


Way = Callable[[], int]  # Does the work and gives how many images it was.


def prepare(folder: Path, count: int) -> None:
    """Shards of drawn faces and the transform graph over them; kept for the next benchmark."""
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
    """Noise, whose PNGs are twice as large as those of photos."""
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
    """The product's training batches, without end."""
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


def fed(task: Task, model: Any) -> Way:
    """One epoch of fit() fed by the pipeline.

    Each time the first epoch, with all reading and decoding, which later ones find in memory.
    """
    epochs = [_batches(task) for _ in range(1 + task.rounds)]

    def work() -> int:
        model.fit(epochs.pop(), steps_per_epoch=-(-task.images // task.batch), verbose=0)
        return task.images

    return work


def arrays(task: Task, model: Any) -> Way:
    """One epoch of fit() on the same faces as arrays in memory, without augmentation."""
    images, labels, weights = _arrays(task)

    def work() -> int:
        model.fit(images, labels, sample_weight=weights, batch_size=task.batch, verbose=0)
        return task.images

    return work


def single(task: Task, model: Any) -> Way:
    """`train_on_batch` with one image, as a published recipe trains."""
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


def products() -> Way:
    """Large float32 matrix products: the most that this machine's threads reach."""
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
    """Measure in a process of its own, with more or other variables in its environment.

    Raises:
      SystemExit: it failed; with its last words.
    """
    done = subprocess.run(
        [sys.executable, "-m", __name__, json.dumps(task)],
        capture_output=True, text=True, check=False, env={**os.environ, **environment},
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{task} failed:\n{done.stderr[-4000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    rounds = {way: [Spent(*spent) for spent in each] for way, each in found["rounds"].items()}
    return Measured(rounds, found["flops"], found["peak"])


def _timed(work: Way) -> Spent:
    idle, wall, cpu = idle_seconds(), time.perf_counter(), time.process_time()
    done = work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return Spent(done, wall, cpu, (idle_seconds() - idle + cpu) / wall)


def main() -> None:
    """Warm every way up, then take them in turn."""
    task = Task(*json.loads(sys.argv[1]))
    set_environment()
    from tests.benchmarks.train_flops import training_flops

    model = _model(task)
    ways = {"fed": fed(task, model), "arrays": arrays(task, model), "products": products()}
    if task.single:
        ways["single"] = single(task, model)
    for work in ways.values():
        work()
    rounds: dict[str, list[Spent]] = {way: [] for way in ways}
    for _ in range(task.rounds):
        for way, work in ways.items():
            rounds[way].append(_timed(work))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    sys.stdout.write(json.dumps(Measured(rounds, training_flops(model), peak)._asdict()) + "\n")


if __name__ == "__main__":
    main()
