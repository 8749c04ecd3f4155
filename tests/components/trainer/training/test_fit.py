"""Training: the split by subject, and the weights of the best epoch."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow_transform as tft

from components.trainer.data import dataset
from components.trainer.data.dataset import Faces
from components.trainer.data.job import TrainingJob
from components.trainer.data.split import split_by_subject
from components.trainer.models.spec import ModelSpec
from components.trainer.training.fit import Fitted, fit
from schemas.config.train import TrainConfig, TransferConfig
from schemas.errors import DataError
from schemas.training_record import SplitCounts
from tests.components.trainer.conftest import StoredFaces
from tests.components.trainer.small_faces import SIDE, DrawnFace, draw_faces, shards_of, write_faces

pytestmark = pytest.mark.tf

TRAINING = ("fold_0", "fold_1", "fold_2")
CONFIG = TrainConfig(
    model="cnn3", epochs=1, batch_size=4, schedule="constant", devices="cpu", augment=()
)


def make_job(stored: StoredFaces, held_out: list[str], **settings: Any) -> TrainingJob:
    return TrainingJob(
        config=TrainConfig(**{**vars(CONFIG), **settings}),
        spec=ModelSpec(SIDE, (("age", 8), ("gender", 2)), seed=0),
        training=Faces(stored.files(*TRAINING), None),
        held_out=Faces(held_out, None),
        validation_share=0.2,
    )


def held_out_with(folder: Path, stranger: DrawnFace) -> list[str]:
    """The files of a held-out fold with one more face planted into it."""
    write_faces(folder, [*draw_faces(["fold_3"]), stranger._replace(fold="fold_3")])
    return shards_of(folder, "fold_3")


def test_every_training_face_is_on_exactly_one_side(stored: StoredFaces) -> None:
    drawn = [face for face in stored.faces if face.fold in TRAINING]

    split = split_by_subject(make_job(stored, stored.files("fold_3")))

    trains = split.training.subjects or frozenset()
    validates = split.validation.subjects or frozenset()
    assert trains | validates == {face.subject for face in drawn}
    assert not trains & validates
    assert split.counts.training_images == sum(face.subject in trains for face in drawn)
    assert split.counts.validation_images == sum(face.subject in validates for face in drawn)
    assert split.counts == SplitCounts(
        training_images=split.counts.training_images,
        training_subjects=len(trains),
        validation_images=split.counts.validation_images,
        validation_subjects=len(validates),
    )


@pytest.mark.parametrize("place", range(0, 30, 5))
def test_a_training_subject_planted_into_the_held_out_fold_stops_training(
    place: int, stored: StoredFaces, tmp_path: Path
) -> None:
    planted = stored.faces[place]._replace(photographer="nobody else's camera")
    files = held_out_with(tmp_path, planted)

    with pytest.raises(DataError, match=f"leak: 1 subjects.*'{planted.subject}'"):
        split_by_subject(make_job(stored, files))


def test_a_training_photographer_planted_into_the_held_out_fold_stops_training(
    stored: StoredFaces, tmp_path: Path
) -> None:
    planted = stored.faces[7]._replace(subject="a stranger")
    files = held_out_with(tmp_path, planted)

    with pytest.raises(DataError, match=f"leak: 1 photographers.*'{planted.photographer}'"):
        split_by_subject(make_job(stored, files))


def test_a_leak_is_found_before_any_training(stored: StoredFaces, tmp_path: Path) -> None:
    files = held_out_with(tmp_path, stored.faces[0])
    no_graph: Any = None  # fit() must not come as far as needing it.

    with pytest.raises(DataError, match="leak"):
        fit(make_job(stored, files), no_graph, str(tmp_path / "logs"))


def test_a_held_out_fold_without_faces_stops_training(stored: StoredFaces) -> None:
    # Nobody to compare with would let every leak pass.
    with pytest.raises(DataError, match="held-out folds show nobody"):
        split_by_subject(make_job(stored, []))


def test_a_batch_larger_than_the_training_images_is_an_error_with_both_numbers(
    stored: StoredFaces,
) -> None:
    images = split_by_subject(make_job(stored, stored.files("fold_3"))).counts.training_images
    split_by_subject(make_job(stored, stored.files("fold_3"), batch_size=images))

    with pytest.raises(DataError, match=rf"{images} training images.*batch_size={images + 1}\b"):
        split_by_subject(make_job(stored, stored.files("fold_3"), batch_size=images + 1))


@pytest.fixture(scope="module")
def fitted(
    stored: StoredFaces, transform_output: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[TrainingJob, Fitted]:
    """Two epochs that learn, and a third at a rate that ruins everything."""
    ruin = TransferConfig(epochs=1, learning_rate=10.0)
    task = make_job(stored, stored.files("fold_3"), epochs=2, learning_rate=1e-3, transfer=ruin)
    logs = tmp_path_factory.mktemp("logs")
    return task, fit(task, tft.TFTransformOutput(str(transform_output)), str(logs))


def validation_loss(task: TrainingJob, fitted: Fitted, transform_output: Path) -> float:
    """Mean over all validation faces of the cross-entropies of both heads, by numpy."""
    graph = tft.TFTransformOutput(str(transform_output))
    faces = dataset.transformed(split_by_subject(task).validation, graph, task.heads)
    images, labels = next(faces.batch(1000).as_numpy_iterator())
    found = fitted.model.predict(images, verbose=0)
    rows = np.arange(len(images))
    return float(sum(-np.log(found[head][rows, labels[head]]).mean() for head in task.heads))


def test_fit_keeps_the_weights_of_the_best_epoch(
    fitted: tuple[TrainingJob, Fitted], transform_output: Path
) -> None:
    task, trained = fitted

    loss = validation_loss(task, trained, transform_output)

    assert (trained.result.best_epoch or 9) < trained.result.epochs_run == 3
    assert loss == pytest.approx(trained.result.metrics["val_loss"], rel=1e-4)


def test_fit_returns_split_and_result(fitted: tuple[TrainingJob, Fitted]) -> None:
    task, trained = fitted

    assert trained.split == split_by_subject(task).counts
    # cnn3 at side 16: 2 * 2 * 64 = 256 features reach the dense layer.
    blocks = (27 * 16 + 16) + (144 * 32 + 32) + (288 * 64 + 64)
    assert trained.result.parameters == blocks + (256 * 128 + 128) + (128 * 10 + 10)
    assert {"val_loss", "val_age_accuracy", "val_gender_accuracy"} <= set(trained.result.metrics)
