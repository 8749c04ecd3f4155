"""Training faces in the order of any epoch, cached or not."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import tensorflow as tf
import tensorflow_transform as tft

from components.trainer.data import dataset, memory_cache
from components.trainer.data.dataset import Faces
from components.trainer.data.epochs import Order, Shuffle
from components.trainer.data.memory_cache import Memory
from tests.components.trainer.conftest import StoredFaces

pytestmark = pytest.mark.tf

HEADS = ("age", "gender")
PLENTY = Memory(free=2**30, total=2**30)
RECORDS_ONLY = Memory(free=0, total=2**30)


@pytest.fixture(scope="module")
def graph(transform_output: Path) -> tft.TFTransformOutput:
    return tft.TFTransformOutput(str(transform_output))


def pictures(data: tf.data.Dataset) -> list[bytes]:
    """The bytes of each picture, so that pictures can be counted and compared in order."""
    return [image.tobytes() for image, _ in data.as_numpy_iterator()]


def epochs_of(
    faces: Faces, graph: tft.TFTransformOutput, order: Order, memory: Memory
) -> Iterator[list[bytes]]:
    """The pictures of two epochs."""
    epochs = dataset.shuffled(faces, graph, HEADS, order, memory)
    shown = pictures(tf.data.Dataset.range(1, 3).flat_map(epochs))
    yield shown[: order.images]
    yield shown[order.images :]


@pytest.mark.parametrize("memory", [PLENTY, RECORDS_ONLY], ids=["faces cached", "records cached"])
def test_shuffled_faces_come_in_another_order_each_epoch(
    memory: Memory, stored: StoredFaces, graph: tft.TFTransformOutput
) -> None:
    faces = Faces(stored.files("fold_1"), None)
    plain = pictures(dataset.transformed(faces, graph, HEADS))

    first, second = epochs_of(faces, graph, Shuffle(10, seed=0), memory)

    assert sorted(first) == sorted(second) == sorted(plain)
    assert first != second
    assert plain not in (first, second)


def test_the_order_is_that_of_the_seed_whether_faces_or_records_are_cached(
    stored: StoredFaces, graph: tft.TFTransformOutput
) -> None:
    faces = Faces(stored.files("fold_0", "fold_1"), None)

    def epochs(memory: Memory, seed: int) -> list[list[bytes]]:
        return list(epochs_of(faces, graph, Shuffle(20, seed), memory))

    cached = epochs(PLENTY, seed=3)

    assert epochs(RECORDS_ONLY, seed=3) == cached
    assert epochs(PLENTY, seed=3) == cached
    assert epochs(PLENTY, seed=4) != cached


@pytest.mark.parametrize(
    ("total", "moves"), [(0, False), (48_000, True)], ids=["no memory", "memory for a half"]
)
def test_data_too_large_to_cache_are_shuffled_within_a_buffer_and_complete(
    total: int, moves: bool, stored: StoredFaces, graph: tft.TFTransformOutput
) -> None:
    faces = Faces(stored.files("fold_0", "fold_1"), None)
    assert memory_cache.records_bytes(faces.files) == pytest.approx(24_000, rel=0.2)
    in_order = pictures(dataset.transformed(faces, graph, HEADS))

    shown, _ = epochs_of(faces, graph, Shuffle(20, seed=0), Memory(0, total))

    assert sorted(shown) == sorted(in_order)
    assert (shown != in_order) == moves


def test_faces_that_fit_are_read_once_and_large_sets_are_not_cached() -> None:
    read: list[int] = []

    def count(number: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        read.append(int(number))
        return number

    def counted(images: tf.Tensor, labels: dict[str, tf.Tensor]) -> tuple[tf.Tensor, object]:
        age = tf.numpy_function(count, [labels["age"]], tf.int64)
        return images, {"age": tf.ensure_shape(age, ())}

    blank = tf.zeros((2, 2, 3))
    source = tf.data.Dataset.range(6).map(lambda n: (blank, {"age": n})).map(counted)

    for images, expected in ((6, 6), (10**12, 18)):
        data = dataset.cached(source, images)
        read.clear()
        three = tf.data.Dataset.range(3).flat_map(lambda _, data=data: data)
        assert len(list(three)) == 18
        assert len(read) == expected
