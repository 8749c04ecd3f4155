"""Class weights and balanced sampling, against counts by hand."""

from collections import Counter
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import tensorflow as tf
import tensorflow_transform as tft

from components.trainer.data import dataset, sampling
from components.trainer.data.augmentation import augmentation
from components.trainer.data.dataset import Faces
from components.trainer.data.epochs import EpochPlan, Order
from components.trainer.data.job import TrainingJob
from components.trainer.data.sampling import BalancedShuffle, cells, class_weights
from components.trainer.data.split import SubjectSplit
from components.trainer.models.spec import ModelSpec
from schemas.config.train import TrainConfig
from schemas.training_record import SplitCounts
from tests.components.trainer.small_faces import AGES, SIDE, draw_faces, write_faces

pytestmark = pytest.mark.tf

Ints = npt.NDArray[np.int64]
HEADS = (("age", 8), ("gender", 2))


def numbers(*values: int) -> Ints:
    return np.array(values, dtype=np.int64)


def epochs_of(shuffle: Order, count: int, buffer_size: int | None = None) -> list[list[int]]:
    """Which faces the first epochs show, in their order; a face is its number from 0."""
    faces = tf.data.Dataset.range(shuffle.images)
    drawn = tf.data.Dataset.range(1, count + 1).flat_map(
        lambda epoch: shuffle(faces, epoch, buffer_size)
    )
    shown = [int(number) for number in drawn.as_numpy_iterator()]
    return [
        shown[first : first + len(shown) // count]
        for first in range(0, len(shown), len(shown) // count)
    ]


def test_class_weights_are_one_on_average_and_each_class_weighs_the_same() -> None:
    labels = numbers(0, 0, 0, 0, 0, 0, 1, 1, 3)

    weights = class_weights(labels, 4)

    # Three classes have faces: each weighs 9 / 3 in all.
    np.testing.assert_allclose(weights, [3 / 6, 3 / 2, 0, 3 / 1], rtol=1e-6)
    assert weights[labels].mean() == pytest.approx(1)


def test_class_weights_ignore_missing_labels() -> None:
    without = class_weights(numbers(0, 0, 1), 2)

    assert np.array_equal(class_weights(numbers(-1, 0, -1, 0, 1, -1), 2), without)


@pytest.mark.parametrize(
    ("labels", "expected"), [((), [0, 0]), ((-1,), [0, 0]), ((1, 1), [0, 1])], ids=str
)
def test_a_class_without_a_face_has_weight_0(
    labels: tuple[int, ...], expected: list[float]
) -> None:
    assert class_weights(numbers(*labels), 2).tolist() == expected


def test_cells_are_the_combinations_that_occur() -> None:
    age, gender = numbers(7, 0, 7, -1, 7, 0), numbers(1, 1, 0, 0, 1, -1)

    found = cells([age, gender]).tolist()

    assert found == [2, 0, 1, -1, 2, -1]
    assert cells([gender]).tolist() == [1, 1, 0, 0, 1, -1]
    assert cells([numbers(-1, -1)]).tolist() == [-1, -1]


@pytest.mark.parametrize(
    "of_cell",
    [
        [0] * 90 + [1] * 9 + [2],
        [0, 1, 0, 2, 0, 1, 0, 0, 0, 0, 0],
        [-1, 0, -1, 0, 0, 0, 1, -1],
        [0] * 7,
        [-1] * 3,
        [0],
    ],
    ids=["one rare", "mixed", "some without a label", "one class", "no label", "one face"],
)
def test_an_epoch_shows_each_class_and_in_it_each_face_equally_often(of_cell: list[int]) -> None:
    shuffle = BalancedShuffle(len(of_cell), 0, numbers(*of_cell))

    [shown] = epochs_of(shuffle, 1)

    assert len(shown) == len(of_cell)
    by_cell = Counter(of_cell[face] for face in shown if of_cell[face] >= 0)
    assert set(by_cell) == set(of_cell) - {-1}
    if by_cell:
        assert max(by_cell.values()) - min(by_cell.values()) <= 1
    times = Counter(shown)
    for cell in set(of_cell):
        among = [times[face] for face, where in enumerate(of_cell) if where == cell]
        assert max(among) - min(among) <= 1
        assert cell != -1 or set(among) == {1}


def test_each_epoch_draws_other_faces_and_the_same_seed_repeats_them() -> None:
    of_cell = numbers(*[0] * 30 + [1] * 10)

    epochs, twins, others = (epochs_of(BalancedShuffle(40, seed, of_cell), 3) for seed in (0, 0, 1))

    assert epochs == twins
    assert len({frozenset(shown) for shown in epochs}) == 3  # Of the 30, 20 are shown.
    assert epochs[0] != sorted(epochs[0])
    assert others[0] not in epochs


def test_a_small_buffer_shuffles_neighbours_only() -> None:
    shuffle = BalancedShuffle(12, 0, numbers(*[0, 1, 2] * 4))

    assert epochs_of(shuffle, 1) != [list(range(12))]
    # Cells of one size: each face once.
    assert epochs_of(shuffle, 1, buffer_size=1) == [list(range(12))]


def test_over_many_epochs_every_face_of_a_class_is_drawn_equally_often() -> None:
    of_cell = numbers(*[0] * 30 + [1] * 10)

    times = Counter(chain.from_iterable(epochs_of(BalancedShuffle(40, 3, of_cell), 50)))

    # 50 epochs of 20: each of the 30 in two of three, each of the 10 twice.
    assert all(abs(times[face] - 100 / 3) < 4 * (50 * 2 / 9) ** 0.5 for face in range(30))
    assert all(times[face] == 100 for face in range(30, 40))


def test_each_draw_of_a_face_is_augmented_independently() -> None:
    wide = np.arange(12, dtype=np.float32).reshape(2, 2, 3)
    faces = tf.data.Dataset.from_tensors((wide, {"age": np.int64(1)})).concatenate(
        tf.data.Dataset.from_tensors((wide - 100, {"age": np.int64(0)})).repeat(63)
    )
    shuffle = BalancedShuffle(64, 0, numbers(1, *[0] * 63))

    data = dataset.training_batches(
        lambda epoch: shuffle(faces, epoch),
        EpochPlan(64, 64, seed=0),
        augmentation(TrainConfig(augment=("flip",))),
    )
    images, labels, _ = next(data.as_numpy_iterator())

    rare = images[labels["age"] == 1]
    mirrored = [np.array_equal(image, wide[:, ::-1]) for image in rare]
    assert len(rare) == 32
    assert 5 < sum(mirrored) < 27


def a_task(files: list[str], **settings: Any) -> tuple[TrainingJob, SubjectSplit]:
    """Everybody of these files trains."""
    config = TrainConfig(model="cnn3", batch_size=10, augment=(), **settings)
    faces = Faces(files, None)
    count = dataset.count_subjects(faces).total()
    task = TrainingJob(config, ModelSpec(SIDE, HEADS, 0), faces, Faces([], None), 0.1)
    return task, SubjectSplit(faces, faces, SplitCounts(count, 1, count, 1))


def one_epoch(
    task: TrainingJob, split: SubjectSplit, graph: tft.TFTransformOutput
) -> list[tuple[Any, dict[str, Any], dict[str, Any]]]:
    faces = dataset.shuffled(
        split.training, graph, task.heads, sampling.training_order(task, split)
    )
    plan = EpochPlan(split.counts.training_images, 10, seed=0)
    data = dataset.training_batches(faces, plan, augmentation(task.config))
    return list(sampling.with_class_weights(data, task, split).take(plan.steps).as_numpy_iterator())


@pytest.fixture(scope="module")
def graph(transform_output: Path) -> tft.TFTransformOutput:
    return tft.TFTransformOutput(str(transform_output))


@pytest.fixture(scope="module")
def partial(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Twenty faces, some without one of the labels: files of their records."""
    folder = tmp_path_factory.mktemp("partial")
    faces = [
        face._replace(
            age=None if number % 5 == 1 else AGES[number % 2],
            gender=None if number % 5 == 3 else face.gender,
        )
        for number, face in enumerate(draw_faces(["fold_0", "fold_1"]))
    ]
    write_faces(folder, faces, shards=1)
    return [str(path) for path in sorted(folder.glob("*/*.gz"))]


def test_labels_are_those_of_the_records_in_their_order(
    partial: list[str], graph: tft.TFTransformOutput
) -> None:
    faces = Faces(partial, None)
    transformed = [
        found for _, found in dataset.transformed(faces, graph, ["age"]).as_numpy_iterator()
    ]

    found = dataset.labels(faces, ["age", "gender"])

    assert found["age"].tolist() == [one["age"] for one in transformed]
    assert -1 in found["age"]
    assert -1 in found["gender"]
    assert {
        head: part.shape for head, part in dataset.labels(Faces([], None), ["age"]).items()
    } == {"age": (0,)}


def test_class_weights_scale_the_training_batches_and_missing_labels_keep_weight_0(
    partial: list[str], graph: tft.TFTransformOutput
) -> None:
    task, split = a_task(partial, class_weights="balanced")
    counts = {
        head: Counter(found.tolist())
        for head, found in dataset.labels(split.training, task.heads).items()
    }

    shown = one_epoch(task, split, graph)

    assert len(shown) == 2
    for head in ("age", "gender"):
        labels = np.concatenate([found[head] for _, found, _ in shown])
        weights = np.concatenate([found[head] for _, _, found in shown])
        missing = counts[head].pop(-1)
        assert (weights == 0).sum() == missing
        whole = counts[head].total()
        for number, count in counts[head].items():
            expected = whole / (len(counts[head]) * count)
            np.testing.assert_allclose(weights[(labels == number) & (weights > 0)], expected)
        assert weights.sum() == pytest.approx(whole)


def test_balanced_sampling_shows_every_pair_of_labels_equally_often(
    partial: list[str], graph: tft.TFTransformOutput
) -> None:
    task, split = a_task(partial, sampling="balanced")

    shown = one_epoch(task, split, graph)

    pairs = Counter(
        (age, gender)
        for _, labels, weights in shown
        for age, gender, *present in zip(
            labels["age"], labels["gender"], weights["age"], weights["gender"], strict=True
        )
        if present == [1, 1]
    )
    assert len(shown) == 2
    assert pairs.total() == 12  # Of 20, 8 lack a label.
    found = dataset.labels(split.training, task.heads)
    there = {(age, gender) for age, gender in zip(found["age"], found["gender"], strict=True)}
    assert set(pairs) == {pair for pair in there if -1 not in pair}
    assert len(set(pairs.values())) == 1


def test_neither_is_on_by_default(partial: list[str], graph: tft.TFTransformOutput) -> None:
    task, split = a_task(partial)

    shown = one_epoch(task, split, graph)

    pixels = [image.tobytes() for images, _, _ in shown for image in images]
    assert len(set(pixels)) == 20
    assert {weight for _, _, found in shown for weight in found["age"].tolist()} == {0, 1}
