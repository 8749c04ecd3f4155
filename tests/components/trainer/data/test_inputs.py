"""Numbers beside the image: the same in training and in serving."""

import json
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
import tensorflow as tf
import tensorflow_transform as tft

from components.trainer.data import dataset
from components.trainer.data.dataset import Faces
from components.trainer.data.epochs import EpochPlan
from components.trainer.data.job import TrainingJob
from components.trainer.models.spec import ModelSpec
from components.trainer.saved_model import ServedModel, export, plain_copy
from components.trainer.training.fit import Fitted, fit
from schemas.config.train import NetConfig, TrainConfig
from tests.components.trainer.small_faces import (
    AGES,
    IMAGES,
    SIDE,
    DrawnFace,
    draw_faces,
    png,
    record,
    shards_of,
    write_faces,
    write_transform_output,
)

pytestmark = pytest.mark.tf

INPUTS: tuple[Literal["age", "gender"], ...] = ("age", "gender")
NET = NetConfig(inputs=INPUTS)
SPEC = ModelSpec(SIDE, (("race", 5),), seed=0, net=NET)
CONFIG = TrainConfig(model="utk_cnn", epochs=2, batch_size=4, devices="cpu", net=NET)
RACES = ("white", "black", "asian", "indian", "other")


class ServedFaces(NamedTuple):
    """Faces with a race, some without age or gender; a model trained on them, and served."""

    faces: list[DrawnFace]
    files: list[str]
    graph: tft.TFTransformOutput
    fitted: Fitted
    served: Path


@pytest.fixture(scope="module")
def served_faces(tmp_path_factory: pytest.TempPathFactory) -> ServedFaces:
    folder = tmp_path_factory.mktemp("inputs")
    write_transform_output(folder / "graph", target="race", inputs=INPUTS)
    graph = tft.TFTransformOutput(str(folder / "graph"))
    faces = [
        face._replace(
            age=None if number % 4 == 1 else face.age,
            gender=None if number % 4 >= 2 else face.gender,
            quality={"race": RACES[number % 5], "race_class": number % 5},
        )
        for number, face in enumerate(draw_faces(["fold_0", "fold_1"]))
    ]
    write_faces(folder / "examples", faces)
    train, held_out = (shards_of(folder / "examples", fold) for fold in ("fold_0", "fold_1"))
    task = TrainingJob(CONFIG, SPEC, Faces(train, None), Faces(held_out, None), 0.2)
    fitted = fit(task, graph, str(folder / "logs"))
    names = {"age": AGES, "gender": ("m", "f")}
    plain = plain_copy(CONFIG.model, SPEC, fitted.model)
    export(ServedModel(plain, graph, IMAGES, {"race": RACES}, inputs=names), str(folder / "model"))
    return ServedFaces(faces, [*train, *held_out], graph, fitted, folder / "model")


def numbers_of(face: DrawnFace) -> list[float]:
    """By hand: position from 0 to 1 and whether known, of age and of gender."""
    age = [0.0, 0.0] if face.age is None else [AGES.index(face.age) / 7, 1.0]
    gender = [0.0, 0.0] if face.gender is None else ["mf".index(face.gender), 1.0]
    return [*age, *gender]


def test_each_face_has_the_numbers_of_its_labels(served_faces: ServedFaces) -> None:
    data = dataset.transformed(Faces(served_faces.files, None), served_faces.graph, ["race"])

    found = {
        tuple(np.round((inputs["image"].ravel() + 1) * 127.5).astype(int)): inputs["numbers"]
        for inputs, _ in data.as_numpy_iterator()
    }

    assert len(found) == len(served_faces.faces) == 20
    for face in served_faces.faces:
        key = tuple(face.pixels.ravel().astype(int))
        np.testing.assert_allclose(found[key], numbers_of(face), atol=1e-6)


def test_augmentation_changes_only_the_image(served_faces: ServedFaces) -> None:
    faces = Faces(served_faces.files, None)
    plain = dataset.transformed(faces, served_faces.graph, ["race"])

    data = dataset.training_batches(
        lambda _: plain, EpochPlan(20, 20, 0), lambda images, _: images + 5.0
    )

    (before,) = plain.batch(20).as_numpy_iterator()
    after, _, _ = next(data.as_numpy_iterator())
    np.testing.assert_allclose(after["image"], before[0]["image"] + 5.0, atol=1e-6)
    np.testing.assert_array_equal(after["numbers"], before[0]["numbers"])


def test_faces_that_lack_a_label_train_and_validate(served_faces: ServedFaces) -> None:
    split = served_faces.fitted.split

    assert split.training_images + split.validation_images == 10
    assert np.isfinite(served_faces.fitted.result.metrics["val_loss"])


@pytest.fixture(scope="module")
def expected(served_faces: ServedFaces) -> npt.NDArray[np.float32]:
    """Probabilities of every face, by the trained model and numbers made by hand."""
    pixels = np.stack([face.pixels for face in served_faces.faces]).astype(np.float32)
    numbers = np.array([numbers_of(face) for face in served_faces.faces], np.float32)
    found = served_faces.fitted.model.predict(
        {"image": pixels / 127.5 - 1, "numbers": numbers}, verbose=0
    )
    race: npt.NDArray[np.float32] = found["race"]
    return race


@pytest.mark.parametrize(
    "signature", ["serving_default", "serve_jpeg", "serve_float", "serve_uint8"]
)
def test_every_signature_takes_the_labels_as_text(
    served_faces: ServedFaces, expected: npt.NDArray[np.float32], signature: str
) -> None:
    pixels = np.stack([face.pixels for face in served_faces.faces])
    beside = {  # An empty text is as good as `unknown`: no class.
        label: tf.constant([getattr(face, label) or "" for face in served_faces.faces])
        for label in INPUTS
    }
    given: dict[str, Any] = {
        "serving_default": {"examples": tf.constant([record(face) for face in served_faces.faces])},
        "serve_jpeg": {"jpeg": tf.constant([png(each) for each in pixels]), **beside},
        "serve_float": {"pixels": tf.constant(pixels.astype(np.float32)), **beside},
        "serve_uint8": {"pixels": tf.constant(pixels), **beside},
    }

    answers = tf.saved_model.load(str(served_faces.served)).signatures[signature](
        **given[signature]
    )

    np.testing.assert_allclose(answers["race_probabilities"].numpy(), expected, atol=1e-5)


def test_a_record_without_the_features_equals_one_without_the_labels(
    served_faces: ServedFaces,
) -> None:
    face = served_faces.faces[0]
    bare = tf.train.Example()
    bare.features.feature["image"].bytes_list.value.append(png(face.pixels))
    serve = tf.saved_model.load(str(served_faces.served)).signatures["serving_default"]

    of_bare = serve(tf.constant([bare.SerializeToString()]))
    of_known = serve(tf.constant([record(face)]))
    of_unknown = serve(tf.constant([record(face._replace(age=None, gender=None))]))

    probabilities = [each["race_probabilities"].numpy() for each in (of_bare, of_unknown, of_known)]
    np.testing.assert_allclose(probabilities[0], probabilities[1], atol=1e-7)
    assert np.abs(probabilities[0] - probabilities[2]).max() > 1e-6


def test_the_signatures_file_lists_the_inputs_of_each_signature(served_faces: ServedFaces) -> None:
    described = json.loads((served_faces.served / "assets.extra" / "signatures.json").read_text())

    assert described["inputs"] == {"age": list(AGES), "gender": ["m", "f"]}
    assert described["signatures"]["serving_default"] == (
        "Serialized tf.train.Example; only the features image, age, gender are read."
    )
    for signature in ("serve_jpeg", "serve_float", "serve_uint8"):
        assert "beside each its age and gender as text" in described["signatures"][signature]
