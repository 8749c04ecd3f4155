"""The two-hot pair, from records with missing labels to the served model."""

from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import numpy.typing as npt
import pytest
import tensorflow as tf
import tensorflow_transform as tft

from components.trainer.data import dataset
from components.trainer.data.dataset import Faces
from components.trainer.data.job import TrainingJob
from components.trainer.data.split import split_by_subject
from components.trainer.models.spec import ModelSpec
from components.trainer.saved_model import ServedModel, plain_copy
from components.trainer.training.fit import Fitted, fit
from schemas.config.train import NetConfig, TrainConfig
from tests.components.trainer.small_faces import (
    AGES,
    HELD_OUT,
    IMAGES,
    SIDE,
    draw_faces,
    shards_of,
    write_faces,
)

pytestmark = pytest.mark.tf

TRAINING = ("fold_0", "fold_1", "fold_2")
NAMES = {"age": AGES, "gender": ("m", "f")}
NET = NetConfig(units=(16, 8), pair="two_hot", l2=0.05, max_norm=1.5, threshold=0.6)
CONFIG = TrainConfig(
    model="mlp", net=NET, epochs=3, batch_size=4, learning_rate=0.01, schedule="constant",
    devices="cpu", augment=(),
)  # fmt: skip


class Trained(NamedTuple):
    """A training and its served model."""

    fitted: Fitted
    served: ServedModel
    graph: tft.TFTransformOutput
    images: npt.NDArray[np.float32]  # Of the validation.
    labels: dict[str, npt.NDArray[np.int64]]


@pytest.fixture(scope="module")
def trained(transform_output: Path, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Trained on faces of which every third lacks its age and every fourth its gender."""
    folder = tmp_path_factory.mktemp("partial")
    faces = [
        face._replace(
            age=face.age if number % 3 else None, gender=face.gender if number % 4 else None
        )
        for number, face in enumerate(draw_faces())
    ]
    write_faces(folder, faces)
    task = TrainingJob(
        config=CONFIG,
        spec=ModelSpec(SIDE, (("age", 8), ("gender", 2)), seed=0, net=NET),
        training=Faces(shards_of(folder, *TRAINING), None),
        held_out=Faces(shards_of(folder, HELD_OUT), None),
        validation_share=0.4,
    )
    graph = tft.TFTransformOutput(str(transform_output))
    fitted = fit(task, graph, str(folder / "logs"))
    plain = plain_copy("mlp", task.spec, fitted.model)
    served = ServedModel(plain, graph, IMAGES, NAMES, NET.threshold)
    validating = dataset.transformed(split_by_subject(task).validation, graph, task.heads)
    images, labels = next(validating.batch(1000).as_numpy_iterator())
    return Trained(fitted, served, graph, images, labels)


def test_the_validation_loss_is_the_cross_entropy_of_the_known_labels(trained: Trained) -> None:
    images, labels = trained.images, trained.labels

    found = trained.fitted.model.predict(images, verbose=0)

    total = 0.0
    for head, names in NAMES.items():
        known = labels[head] >= 0
        sigmoids = 1 / (1 + np.exp(-found[head][known].astype(np.float64)))
        wanted = np.eye(len(names))[labels[head][known]]
        total -= (wanted * np.log(sigmoids) + (1 - wanted) * np.log(1 - sigmoids)).sum()
        assert 0 < known.sum() < len(images)  # Some labels are there and some are not.
    best = trained.fitted.result.metrics
    assert best["val_loss"] == pytest.approx(total / len(images) / 10, rel=1e-4)
    assert best["penalty"] > 0.01


def test_accuracy_is_of_the_largest_of_each_slice(trained: Trained) -> None:
    answers = trained.served.answer(tf.constant(trained.images))

    for head in NAMES:
        known = trained.labels[head] >= 0
        right = answers[f"{head}_class"].numpy()[known] == trained.labels[head][known]
        reported = trained.fitted.result.metrics[f"val_{head}_accuracy"]
        assert right.mean() == pytest.approx(reported)


def test_served_probabilities_sum_to_1_and_an_unsure_head_is_undefined(trained: Trained) -> None:
    images = np.random.default_rng(0).uniform(-1, 1, (21, SIDE, SIDE, 3)).astype(np.float32)
    genders = trained.served.model.predict(images, verbose=0)["gender"]
    middle = float(np.median(genders.max(axis=1)))  # Half of the answers are less sure.
    served = ServedModel(trained.served.model, trained.graph, IMAGES, NAMES, middle)

    answers = {name: x.numpy() for name, x in served.answer(tf.constant(images)).items()}

    for head, names in NAMES.items():
        found = answers[f"{head}_probabilities"]
        np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-5)
        assert found.dtype == np.float32
        assert answers[f"{head}_class"].tolist() == found.argmax(axis=1).tolist()
        read = [text.decode() for text in answers[f"{head}_label"]]
        assert read == [
            names[row.argmax()] if row.max() >= middle else "Undefined" for row in found
        ]
    assert 5 < [text.decode() for text in answers["gender_label"]].count("Undefined") < 15


def test_no_hidden_unit_is_beyond_the_max_norm(trained: Trained) -> None:
    norms = [
        np.linalg.norm(np.asarray(layer.kernel), axis=0).max()
        for layer in trained.fitted.model.layers
        if isinstance(layer, keras.layers.Dense) and layer.name.startswith("dense")
    ]

    assert len(norms) == 2
    assert max(norms) <= 1.5 * (1 + 1e-5)


def test_the_description_has_the_threshold(trained: Trained) -> None:
    reported = trained.served.describe()

    assert reported["threshold"] == 0.6
    assert set(reported["outputs"]) == {
        f"{head}_{kind}" for head in NAMES for kind in ("probabilities", "class", "label")
    }
    assert "or Undefined where it is less likely than 0.6" in reported["outputs"]["age_label"]
    assert ", ".join(AGES) in reported["outputs"]["age_probabilities"]
