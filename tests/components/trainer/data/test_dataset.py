"""Records to batches."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import tensorflow as tf
import tensorflow_transform as tft

from components.trainer.data import dataset
from components.trainer.data.augmentation import augmentation
from components.trainer.data.dataset import Faces
from components.trainer.data.epochs import EpochPlan, Epochs, Shuffle
from schemas.config.train import TrainConfig
from tests.components.trainer.conftest import StoredFaces
from tests.components.trainer.small_faces import DrawnFace, draw_faces, write_faces

pytestmark = pytest.mark.tf

Floats = npt.NDArray[np.float32]
HEADS = ("age", "gender")
FLIP = augmentation(TrainConfig(augment=("flip",)))


@pytest.fixture(scope="module")
def graph(transform_output: Path) -> tft.TFTransformOutput:
    return tft.TFTransformOutput(str(transform_output))


def model_input(face: DrawnFace) -> Floats:
    """The model input of a face: its pixels scaled from 0..255 to -1..1."""
    return (face.pixels.astype(np.float64) / 127.5 - 1).astype(np.float32)


def names(images: Sequence[Floats]) -> list[str]:
    """A short name for each picture, so that pictures can be counted and compared in order."""
    return [
        hashlib.sha1(np.round((image + 1) * 127.5).astype(np.uint8).tobytes()).hexdigest()
        for image in images
    ]


def drawn_names(faces: list[DrawnFace]) -> list[str]:
    return [hashlib.sha1(face.pixels.tobytes()).hexdigest() for face in faces]


def numbered(images: int) -> tf.data.Dataset:
    """Faces as `transformed` gives them; the first pixel holds the face's number, from 1."""

    def face(number: tf.Tensor) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        first = tf.one_hot(0, 12, on_value=tf.cast(number, tf.float32))
        return tf.reshape(first, (2, 2, 3)), {"age": number % 8}

    return tf.data.Dataset.range(1, images + 1).map(face)


def first_pixels(images: Floats) -> list[int]:
    return [int(image[0, 0, 0]) for image in images]


def unchanged(image: tf.Tensor, _: tf.Tensor) -> tf.Tensor:
    return image


def in_order(images: int) -> Epochs:
    """Every epoch in the order of the numbers."""
    return lambda _: numbered(images)


def shuffled(images: int, seed: int) -> Epochs:
    """Every epoch in another order."""
    return lambda epoch: Shuffle(images, seed)(numbered(images), epoch)


def epochs_of(data: tf.data.Dataset, steps: int, count: int) -> list[list[list[int]]]:
    """The numbers of the real faces of each batch, for the first epochs."""
    shown = [
        [
            number
            for number, weight in zip(first_pixels(images), weights["age"], strict=True)
            if weight
        ]
        for images, _, weights in data.take(steps * count).as_numpy_iterator()
    ]
    return [shown[first : first + steps] for first in range(0, steps * count, steps)]


def test_count_subjects_counts_every_image_of_every_person(stored: StoredFaces) -> None:
    expected = Counter(face.subject for face in stored.faces if face.fold in ("fold_0", "fold_2"))

    found = dataset.count_subjects(Faces(stored.files("fold_0", "fold_2"), None))

    assert found == expected
    assert sum(found.values()) == 20


def test_people_are_those_of_the_selected_records(
    stored: StoredFaces,
) -> None:
    chosen = frozenset({"fold_0-person1", "fold_1-person2"})

    everyone = dataset.people(Faces(stored.files("fold_0", "fold_1"), None))
    few = dataset.people(Faces(stored.files("fold_0", "fold_1"), chosen))

    assert everyone.subjects == {f"fold_{k}-person{n}" for k in (0, 1) for n in (0, 1, 2)}
    assert everyone.photographers == {f"fold_{k}-camera{n}" for k in (0, 1) for n in (0, 1)}
    assert few.subjects == chosen
    assert few.photographers == {"fold_0-camera1", "fold_1-camera0"}


def test_no_files_means_no_face() -> None:
    assert dataset.count_subjects(Faces([], None)) == Counter()


def test_transformed_gives_each_chosen_face_once_with_its_pixels_and_labels(
    stored: StoredFaces, graph: tft.TFTransformOutput
) -> None:
    chosen = frozenset({"fold_1-person0", "fold_1-person2"})
    meant = {
        name: face
        for face, name in zip(stored.faces, drawn_names(stored.faces), strict=True)
        if face.subject in chosen
    }

    found = list(
        dataset.transformed(Faces(stored.files("fold_1"), chosen), graph, HEADS).as_numpy_iterator()
    )

    assert Counter(names([image for image, _ in found])) == Counter(list(meant))
    for image, labels in found:
        face = meant[names([image])[0]]
        np.testing.assert_allclose(image, model_input(face), atol=1e-6)
        ages = ("0-2", "4-6", "8-12", "15-20", "25-32", "38-43", "48-53", "60-100")
        assert (ages[labels["age"]], "mf"[labels["gender"]]) == (face.age, face.gender)


def test_a_missing_label_has_weight_0_and_a_class_that_a_loss_can_take(
    tmp_path: Path, graph: tft.TFTransformOutput
) -> None:
    whole, no_age, no_gender = draw_faces(["fold_0"])[:3]
    faces = [whole, no_age._replace(age=None), no_gender._replace(gender=None)]
    write_faces(tmp_path, faces, shards=1)
    files = [str(tmp_path / "Split-fold_0" / "faces-00000-of-00001.gz")]

    data = dataset.validation_batches(
        dataset.transformed(Faces(files, None), graph, HEADS), 3, batch_size=3, replicas=1
    )
    ((_, labels, weights),) = data.as_numpy_iterator()

    assert weights["age"].tolist() == [1, 0, 1]
    assert weights["gender"].tolist() == [1, 1, 0]
    assert min(labels["age"].min(), labels["gender"].min()) >= 0


@pytest.mark.parametrize("replicas", [1, 2, 3, 4])
@pytest.mark.parametrize("images", [1, 5, 12, 13])
def test_validation_has_every_face_once_and_padding_has_weight_0(
    images: int, replicas: int
) -> None:
    data = dataset.validation_batches(numbered(images), images, 12, replicas)

    for _ in range(2):  # The second epoch comes out of the cache.
        weighed: list[int] = []
        sizes: list[int] = []
        for pixels, labels, weights in data.as_numpy_iterator():
            sizes.append(len(pixels))
            real = [n for n, w in zip(first_pixels(pixels), weights["age"], strict=True) if w == 1]
            assert set(weights["age"]) <= {0, 1}
            assert len(labels["age"]) == len(pixels)
            weighed += real
        assert weighed == list(range(1, images + 1))
        assert all(size % replicas == 0 for size in sizes)
        assert sum(sizes) - images < replicas
        assert len(sizes) == data.cardinality().numpy()


def test_training_shows_every_face_once_an_epoch_in_batches_of_one_size() -> None:
    data = dataset.training_batches(in_order(11), EpochPlan(11, 4, seed=0), unchanged)

    shown = epochs_of(data, 3, 2)

    assert shown == [[[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11]]] * 2
    assert data.element_spec[0].shape == (4, 2, 2, 3)


def test_the_last_batch_is_padded_with_earlier_faces_of_weight_0() -> None:
    data = dataset.training_batches(in_order(10), EpochPlan(10, 4, seed=0), unchanged)

    *_, (images, labels, weights) = data.take(3).as_numpy_iterator()

    assert first_pixels(images) == [9, 10, 7, 8]
    assert labels["age"].tolist() == [1, 2, 7, 0]
    # The mean over four of the weighted losses is the mean over the two faces.
    assert weights["age"].tolist() == [2, 2, 0, 0]


def test_an_epoch_of_full_batches_has_no_padding() -> None:
    plan = EpochPlan(12, 4, seed=0)
    data = dataset.training_batches(in_order(12), plan, unchanged)

    assert plan.steps == 3
    assert epochs_of(data, 3, 1) == [[[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]]
    assert all(set(weights["age"]) == {1} for _, _, weights in data.take(3).as_numpy_iterator())


def test_the_order_differs_by_epoch_and_repeats_for_the_same_seed() -> None:
    first, again, other = (
        epochs_of(
            dataset.training_batches(shuffled(12, seed), EpochPlan(12, 4, seed), unchanged), 3, 3
        )
        for seed in (0, 0, 1)
    )

    assert [sorted(chain.from_iterable(shown)) for shown in first] == [list(range(1, 13))] * 3
    assert first[0] != first[1] != first[2] != first[0]
    assert again == first
    assert other[0] not in first


@pytest.mark.parametrize("seed", [0, 1, 2**31 - 2, 2**31 - 1])
def test_training_from_a_later_epoch_has_the_same_batches(seed: int) -> None:
    def flips(first_epoch: int, epochs: int) -> list[list[float]]:
        data = dataset.training_batches(
            shuffled(10, seed), EpochPlan(10, 4, seed), FLIP, first_epoch
        )
        return [
            images.ravel().tolist() for images, _, _ in data.take(3 * epochs).as_numpy_iterator()
        ]

    whole = flips(1, 5)

    assert flips(3, 3) == whole[6:]
    assert flips(5, 1) == whole[12:]


def test_training_labels_stay_with_their_face() -> None:
    data = dataset.training_batches(shuffled(12, 0), EpochPlan(12, 4, 0), unchanged)

    for images, labels, weights in data.take(6).as_numpy_iterator():
        assert [number % 8 for number in first_pixels(images)] == labels["age"].tolist()
        assert weights["age"].tolist() == [1] * 4


def test_augmentation_differs_by_epoch_and_repeats_for_the_same_seed() -> None:
    def flips() -> Iterator[frozenset[int]]:
        """Which of the faces one epoch shows mirrored: their number stands in the last column."""
        data = dataset.training_batches(in_order(16), EpochPlan(16, 16, 0), FLIP)
        for images, _, _ in data.take(3).as_numpy_iterator():
            yield frozenset(int(number) for number in images[:, 0, -1, 0] if number)

    first = list(flips())

    assert len(set(first)) == 3
    assert all(0 < len(mirrored) < 16 for mirrored in first)
    assert list(flips()) == first
