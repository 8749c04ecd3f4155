"""The SavedModel, loaded by a process that has TensorFlow and nothing of this project."""

import io
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import numpy.typing as npt
import pytest
import tensorflow as tf
import tensorflow_transform as tft
from PIL import Image

from components.faces import prepare
from components.trainer.models import builders
from components.trainer.models.spec import ModelSpec
from components.trainer.saved_model import ServedModel, export, plain_copy
from tests.components.faces.jpeg_parts import resized_header
from tests.components.trainer.conftest import StoredFaces
from tests.components.trainer.small_faces import AGES, IMAGES, SIDE, DrawnFace, draw, record

pytestmark = pytest.mark.tf

NAMES = {"age": AGES, "gender": ("m", "f")}
HEADS = (("age", 8), ("gender", 2))

# Loads the model and answers the questions in a file; whatever is not TensorFlow's own is barred.
STRANGER = """
import sys

class Barred:
    names = {"components", "schemas", "pipelines", "tensorflow_transform", "tfx", "tfx_bsl"}

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.names:
            raise ImportError(f"{name} is barred")

sys.meta_path.insert(0, Barred())
import numpy as np
import tensorflow as tf

model = tf.saved_model.load(sys.argv[1])
answers = {"signatures": np.array(sorted(model.signatures))}
with np.load(sys.argv[2], allow_pickle=True) as questions:
    for name in questions:
        signature = name.partition("/")[0]
        given = questions[name]
        given = tf.constant(given.tolist(), tf.string) if given.dtype == object else given
        try:
            for output, found in model.signatures[signature](tf.constant(given)).items():
                answers[f"{name}:{output}"] = found.numpy()
        except tf.errors.InvalidArgumentError as error:
            answers[f"{name}:error"] = str(error)
np.savez(sys.argv[3], **answers)
"""


class Asked(NamedTuple):
    """A model, what it was asked in another process, and what it answered there."""

    model: keras.Model  # As it was in the process that trained.
    pictures: list[bytes]  # Of many sizes, JPEG and PNG.
    answers: dict[str, Any]  # "<signature>/<question>:<output>" to array.


def trained(side: int) -> keras.Model:
    """A model whose every weight, moving statistics too, is far from its start."""
    model = builders.build("xception", ModelSpec(side, HEADS, seed=3))
    random = np.random.default_rng(0)
    for weight in model.weights:
        kind = weight.path.rpartition("/")[2]
        if kind in ("gamma", "moving_variance"):
            weight.assign(random.uniform(0.5, 1.5, weight.shape))
        elif kind in ("beta", "moving_mean", "bias"):
            weight.assign(random.normal(0, 0.2, weight.shape))
    return model


def encoded(pixels: npt.NDArray[np.uint8], kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format=kind, quality=95)
    return buffer.getvalue()


def pictures() -> list[bytes]:
    """Larger, smaller and oblong pictures; smooth ones, since each decoder rounds a little."""
    found = []
    for seed, (height, width) in enumerate([(40, 40), (37, 61), (9, 12), (10, 50), (16, 16)]):
        small = Image.fromarray(draw(seed, seed % 2, side=4))
        smooth = np.asarray(small.resize((width, height), Image.Resampling.BICUBIC))
        found += [encoded(smooth, "JPEG"), encoded(smooth, "PNG")]
    found.append(encoded(np.asarray(Image.open(io.BytesIO(found[2])).convert("L")), "PNG"))
    return found


def ask(folder: Path, questions: dict[str, Any]) -> dict[str, Any]:
    """Load the SavedModel in a new process without the project, and put the questions to it."""
    np.savez(folder / "questions.npz", **questions)
    files = [str(folder / name) for name in ("model", "questions.npz", "answers.npz")]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-I", "-c", STRANGER, *files],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    with np.load(folder / "answers.npz", allow_pickle=True) as answers:
        return dict(answers)


def texts(values: list[bytes]) -> npt.NDArray[np.object_]:
    return np.array(values, dtype=object)


def broken_record(face: DrawnFace) -> bytes:
    """A record whose picture is cut."""
    example = tf.train.Example.FromString(record(face))
    image = example.features.feature["image"].bytes_list.value
    image[0] = image[0][:-20]
    return bytes(example.SerializeToString())


@pytest.fixture(scope="module")
def asked(
    stored: StoredFaces, transform_output: Path, tmp_path_factory: pytest.TempPathFactory
) -> Asked:
    folder = tmp_path_factory.mktemp("served")
    model = trained(SIDE)
    plain = plain_copy("xception", ModelSpec(SIDE, HEADS, seed=0), model)
    graph = tft.TFTransformOutput(str(transform_output))
    export(ServedModel(plain, graph, IMAGES, NAMES), str(folder / "model"))
    faces = stored.faces[:5]
    pixels = np.stack([face.pixels for face in faces])
    only_image = tf.train.Example()
    only_image.features.feature["image"].bytes_list.value.append(encoded(pixels[0], "PNG"))
    whole = pixels[0].astype(np.float32)
    not_finite, infinite = whole.copy(), whole.copy()
    not_finite[3, 4, 1], infinite[0, 0, 0] = np.nan, np.inf
    raw = pictures()
    resized = [prepare.prepare(picture, IMAGES).pixels for picture in raw]
    answers = ask(
        folder,
        {
            "serving_default/five": texts([record(face) for face in faces]),
            "serving_default/one": texts([record(faces[2])]),
            "serving_default/only_image": texts([only_image.SerializeToString()]),
            "serve_uint8/five": pixels,
            "serve_uint8/one": pixels[2:3],
            "serve_uint8/resized": np.stack(resized),
            "serve_float/five": pixels.astype(np.float32),
            "serve_jpeg/raw": texts(raw),
            "serve_jpeg/one": texts(raw[3:4]),
            "serving_default/none": texts([]),
            "serve_uint8/none": pixels[:0],
            "serve_float/none": pixels[:0].astype(np.float32),
            "serve_jpeg/none": texts([]),
            "serving_default/broken": texts([record(faces[0]), broken_record(faces[1])]),
            "serve_float/broken": np.stack([whole, whole, not_finite, infinite]),
            "serve_jpeg/broken": texts([raw[0], raw[1][:-20], raw[2], b"text"]),
            "serve_jpeg/large": texts([raw[0], resized_header(raw[0], 65_500, 65_500)]),
        },
    )
    return Asked(model, raw, answers)


def test_the_model_has_four_signatures(asked: Asked) -> None:
    expected = ["serve_float", "serve_jpeg", "serve_uint8", "serving_default"]

    assert asked.answers["signatures"].tolist() == expected


@pytest.mark.parametrize("question", ["serving_default/five", "serve_float/five", "serve_jpeg/raw"])
def test_every_signature_returns_probabilities_class_and_label_of_each_head(
    question: str, asked: Asked
) -> None:
    found = {name.partition(":")[2]: a for name, a in asked.answers.items() if question in name}

    assert sorted(found) == [
        "age_class", "age_label", "age_probabilities",
        "gender_class", "gender_label", "gender_probabilities",
    ]  # fmt: skip
    for head, names in NAMES.items():
        probabilities = found[f"{head}_probabilities"]
        assert probabilities.shape[1] == len(names)
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
        assert found[f"{head}_class"].tolist() == [list(p).index(max(p)) for p in probabilities]
        assert [label.decode() for label in found[f"{head}_label"]] == [
            names[index] for index in found[f"{head}_class"]
        ]


@pytest.mark.parametrize("head", ["age", "gender"])
@pytest.mark.parametrize("signature", ["serving_default", "serve_uint8", "serve_float"])
def test_a_stored_face_gets_the_prediction_of_the_trained_model(
    signature: str, head: str, asked: Asked, stored: StoredFaces
) -> None:
    pixels = np.stack([face.pixels for face in stored.faces[:5]]).astype(np.float64)

    own = asked.model.predict((pixels / 127.5 - 1).astype(np.float32), verbose=0)[head]

    served = asked.answers[f"{signature}/five:{head}_probabilities"]
    np.testing.assert_allclose(served, own, atol=1e-5)
    assert len({tuple(np.round(row, 4)) for row in served}) == 5  # Five faces, five answers.


@pytest.mark.parametrize("signature", ["serving_default", "serve_uint8"])
def test_a_prediction_does_not_depend_on_the_rest_of_the_batch(
    signature: str, asked: Asked
) -> None:
    alone = asked.answers[f"{signature}/one:age_probabilities"]

    np.testing.assert_allclose(
        alone, asked.answers[f"{signature}/five:age_probabilities"][2:3], atol=1e-6
    )


def test_serving_default_needs_no_feature_but_the_image(asked: Asked) -> None:
    bare = asked.answers["serving_default/only_image:age_probabilities"]

    np.testing.assert_allclose(
        bare, asked.answers["serving_default/five:age_probabilities"][:1], atol=1e-6
    )


@pytest.mark.parametrize("head", ["age", "gender"])
def test_a_raw_image_gets_the_prediction_of_its_stored_form(head: str, asked: Asked) -> None:
    raw = asked.answers[f"serve_jpeg/raw:{head}_probabilities"]
    resized = asked.answers[f"serve_uint8/resized:{head}_probabilities"]

    assert len(raw) == len(asked.pictures)
    # Decoders and resizers round a few pixels to the neighbouring level.
    np.testing.assert_allclose(raw, resized, atol=0.02)
    assert raw.argmax(axis=1).tolist() == resized.argmax(axis=1).tolist()


def test_raw_images_of_many_sizes_do_not_affect_each_other(asked: Asked) -> None:
    np.testing.assert_allclose(
        asked.answers["serve_jpeg/one:age_probabilities"],
        asked.answers["serve_jpeg/raw:age_probabilities"][3:4],
        atol=1e-6,
    )


@pytest.mark.parametrize(
    "signature", ["serving_default", "serve_uint8", "serve_float", "serve_jpeg"]
)
def test_an_empty_batch_has_empty_answers(signature: str, asked: Asked) -> None:
    assert asked.answers[f"{signature}/none:age_probabilities"].shape == (0, 8)
    assert asked.answers[f"{signature}/none:gender_label"].shape == (0,)


@pytest.mark.parametrize(
    ("question", "error"),
    [
        ("serving_default/broken", r"pictures \[1\] of the batch.* expected faces of"),
        ("serve_float/broken", r"pictures \[2 3\] of the batch.* expected finite pixels"),
        ("serve_jpeg/broken", r"pictures \[1 3\] of the batch.* expected whole JPEG or PNG"),
        ("serve_jpeg/large", r"pictures \[1\] of the batch.* at most 50000000 pixels"),
    ],
)
def test_unusable_pictures_are_an_error_with_their_places(
    question: str, error: str, asked: Asked
) -> None:
    assert re.search(error, str(asked.answers[f"{question}:error"]))


def test_the_served_copy_of_a_half_precision_model_computes_in_float32() -> None:
    try:
        keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
        half = builders.build("cnn3", ModelSpec(SIDE, HEADS, seed=1))
        plain = plain_copy("cnn3", ModelSpec(SIDE, HEADS, seed=2), half)
    finally:
        keras.mixed_precision.set_dtype_policy("float32")

    assert half.get_layer("block1_conv").compute_dtype == "bfloat16"
    assert {layer.compute_dtype for layer in plain.layers} == {"float32"}
    for kept, copied in zip(half.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_array_equal(kept, copied)
