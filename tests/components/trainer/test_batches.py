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

from components.trainer import batches, keeping
from components.trainer.augment import augmentation
from components.trainer.batches import Faces
from components.trainer.keeping import Memory
from schemas.train_config import TrainConfig
from tests.components.trainer.conftest import StoredFaces
from tests.components.trainer.small_faces import DrawnFace, draw_faces, write_faces

pytestmark = pytest.mark.tf

Floats = npt.NDArray[np.float32]
HEADS = ("age", "gender")
FLIP = augmentation(TrainConfig(augment=("flip",)))
PLENTY = Memory(free=2**30, whole=2**30)
RECORDS_ALONE = Memory(free=0, whole=2**30)


@pytest.fixture(scope="module")
def graph(transform_output: Path) -> tft.TFTransformOutput:
    return tft.TFTransformOutput(str(transform_output))


def model_input(face: DrawnFace) -> Floats:
    """What a model must see of a face: its pixels from 0..255 to -1..1."""
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


def epoch(data: tf.data.Dataset) -> list[list[int]]:
    """The numbers of the faces of each batch of one epoch."""
    return [first_pixels(images) for images, _, _ in data.as_numpy_iterator()]


def test_count_subjects_counts_every_image_of_every_person(stored: StoredFaces) -> None:
    expected = Counter(face.subject for face in stored.faces if face.fold in ("fold_0", "fold_2"))

    found = batches.count_subjects(Faces(stored.files("fold_0", "fold_2"), None))

    assert found == expected
    assert sum(found.values()) == 20


def test_people_are_those_of_the_records_and_of_the_chosen_subjects_alone(
    stored: StoredFaces,
) -> None:
    chosen = frozenset({"fold_0-person1", "fold_1-person2"})

    everyone = batches.people(Faces(stored.files("fold_0", "fold_1"), None))
    few = batches.people(Faces(stored.files("fold_0", "fold_1"), chosen))

    assert everyone.subjects == {f"fold_{k}-person{n}" for k in (0, 1) for n in (0, 1, 2)}
    assert everyone.photographers == {f"fold_{k}-camera{n}" for k in (0, 1) for n in (0, 1)}
    assert few.subjects == chosen
    assert few.photographers == {"fold_0-camera1", "fold_1-camera0"}


def test_no_files_means_no_face() -> None:
    assert batches.count_subjects(Faces([], None)) == Counter()


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
        batches.transformed(Faces(stored.files("fold_1"), chosen), graph, HEADS).as_numpy_iterator()
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

    data = batches.validation_batches(
        batches.transformed(Faces(files, None), graph, HEADS), 3, batch_size=3, replicas=1
    )
    ((_, labels, weights),) = data.as_numpy_iterator()

    assert weights["age"].tolist() == [1, 0, 1]
    assert weights["gender"].tolist() == [1, 1, 0]
    assert min(labels["age"].min(), labels["gender"].min()) >= 0


@pytest.mark.parametrize("replicas", [1, 2, 3, 4])
@pytest.mark.parametrize("images", [1, 5, 12, 13])
def test_validation_shows_every_face_once_and_filler_weighs_nothing(
    images: int, replicas: int
) -> None:
    data = batches.validation_batches(numbered(images), images, 12, replicas)

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


def test_training_leaves_out_the_uneven_last_batch_and_says_its_length() -> None:
    data = batches.training_batches(numbered(11), 11, 4, 0, unchanged)

    shown = epoch(data)

    assert data.cardinality().numpy() == 2
    assert [len(batch) for batch in shown] == [4, 4]
    assert len({number for batch in shown for number in batch}) == 8


def test_training_shows_another_order_each_epoch_and_the_same_for_the_same_seed() -> None:
    first, again, other = (
        batches.training_batches(batches.Shuffle(12, seed)(numbered(12)), 12, 4, seed, unchanged)
        for seed in (0, 0, 1)
    )

    epochs = [epoch(first), epoch(first), epoch(first)]

    assert [sorted(chain.from_iterable(shown)) for shown in epochs] == [list(range(1, 13))] * 3
    assert epochs[0] != epochs[1] != epochs[2] != epochs[0]
    assert [epoch(again), epoch(again), epoch(again)] == epochs
    assert epoch(other) != epochs[0]


def test_training_labels_stay_with_their_face() -> None:
    data = batches.training_batches(numbered(12), 12, 4, 0, unchanged)

    for images, labels, weights in data.as_numpy_iterator():
        assert [number % 8 for number in first_pixels(images)] == labels["age"].tolist()
        assert weights["age"].tolist() == [1] * 4


def test_augmentation_draws_anew_each_epoch_and_alike_for_the_same_seed() -> None:
    def flips(data: tf.data.Dataset) -> Iterator[frozenset[int]]:
        """Which of the faces one epoch shows mirrored: their number stands in the last column."""
        for _ in range(3):
            last = np.concatenate(
                [images[:, 0, -1, 0] for images, _, _ in data.as_numpy_iterator()]
            )
            yield frozenset(int(number) for number in last if number)

    first = list(flips(batches.training_batches(numbered(16), 16, 4, 0, FLIP)))
    again = list(flips(batches.training_batches(numbered(16), 16, 4, 0, FLIP)))

    assert len(set(first)) == 3
    assert all(0 < len(mirrored) < 16 for mirrored in first)
    assert again == first


@pytest.mark.parametrize("memory", [PLENTY, RECORDS_ALONE], ids=["faces kept", "records kept"])
def test_shuffled_faces_come_in_another_order_each_epoch(
    memory: Memory, stored: StoredFaces, graph: tft.TFTransformOutput
) -> None:
    faces = Faces(stored.files("fold_1"), None)
    plain = [
        image.tobytes() for image, _ in batches.transformed(faces, graph, HEADS).as_numpy_iterator()
    ]

    mixed = batches.transformed(faces, graph, HEADS, batches.Shuffle(10, seed=0), memory)
    epochs = [[image.tobytes() for image, _ in mixed.as_numpy_iterator()] for _ in range(2)]

    assert sorted(epochs[0]) == sorted(epochs[1]) == sorted(plain)
    assert epochs[0] != epochs[1]
    assert plain not in epochs


def test_the_order_is_that_of_the_seed_whether_faces_or_records_are_kept(
    stored: StoredFaces, graph: tft.TFTransformOutput
) -> None:
    faces = Faces(stored.files("fold_0", "fold_1"), None)

    def epochs(memory: Memory, seed: int) -> list[list[str]]:
        shuffle = batches.Shuffle(20, seed)
        mixed = batches.transformed(faces, graph, HEADS, shuffle, memory)
        return [names([image for image, _ in mixed.as_numpy_iterator()]) for _ in range(2)]

    kept = epochs(PLENTY, seed=3)

    assert epochs(RECORDS_ALONE, seed=3) == kept
    assert epochs(PLENTY, seed=3) == kept
    assert epochs(PLENTY, seed=4) != kept


@pytest.mark.parametrize(
    ("whole", "moves"), [(0, False), (48_000, True)], ids=["no memory", "memory for a half"]
)
def test_what_fits_nowhere_is_mixed_piece_by_piece_and_whole(
    whole: int, moves: bool, stored: StoredFaces, graph: tft.TFTransformOutput
) -> None:
    faces = Faces(stored.files("fold_0", "fold_1"), None)
    assert keeping.records_bytes(faces.files) == pytest.approx(24_000, rel=0.2)
    in_order = names(
        [image for image, _ in batches.transformed(faces, graph, HEADS).as_numpy_iterator()]
    )

    shuffle, memory = batches.Shuffle(20, seed=0), Memory(0, whole)
    mixed = batches.transformed(faces, graph, HEADS, shuffle, memory)
    shown = names([image for image, _ in mixed.as_numpy_iterator()])

    assert sorted(shown) == sorted(in_order)
    assert (shown != in_order) == moves


def test_faces_that_fit_are_read_once_and_large_sets_are_not_kept() -> None:
    read: list[int] = []

    def count(number: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        read.append(int(number))
        return number

    def counted(images: tf.Tensor, labels: dict[str, tf.Tensor]) -> tuple[tf.Tensor, object]:
        age = tf.numpy_function(count, [labels["age"]], tf.int64)
        return images, {"age": tf.ensure_shape(age, ())}

    source = numbered(6).map(counted)

    for images, expected in ((6, 6), (10**12, 18)):
        data = batches.cached(source, images)
        read.clear()
        for _ in range(3):
            assert len(list(data)) == 6
        assert len(read) == expected
