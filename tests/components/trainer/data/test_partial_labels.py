"""`labels.partial: keep`, from label files to a trained model."""

import io
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_transform as tft
from PIL import Image

from components.example_gen.face_features import ReadOptions, read_face
from components.example_gen.tfrecord import to_example, write_records
from components.trainer.data import dataset
from components.trainer.data.dataset import Faces
from components.trainer.data.job import TrainingJob
from components.trainer.models.spec import ModelSpec
from components.trainer.training.fit import fit
from schemas.config.blocks import LabelsConfig
from schemas.config.train import TrainConfig
from tests.components.ingest.small_data import (
    build_manifest,
    face_line,
    face_path,
    source,
    write_image,
    write_labels,
)
from tests.components.label_validator.small_manifest import validate
from tests.components.trainer.small_faces import IMAGES, SIDE

pytestmark = pytest.mark.tf

FOLDS = ("fold_0", "fold_1", "fold_2")
KEEP = LabelsConfig(target="age_gender", policy="strict", partial="keep")
FACES = 24  # A fold, by four subjects.


def picture(seed: int, red: int, green: int) -> bytes:
    """Noise on a ground whose red depends on the gender and whose green depends on the age."""
    noise = np.random.default_rng(seed).integers(-20, 20, (24, 24, 3))
    pixels = np.array([red, green, 90]) + noise
    buffer = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def draw(folder: Path) -> None:
    """Label files and pictures: no line has both labels, and every tenth has none."""
    (folder / "folds").mkdir()
    for number, fold in enumerate(FOLDS):
        lines = []
        for face in range(FACES):
            seed = number * FACES + face
            old, woman = seed % 2, seed // 2 % 2
            has_age, has_gender = seed % 3 == 0, seed % 3 == 1
            name = (f"{fold}-user{face % 4}", f"{face}.jpg", str(seed))
            age = ("(0, 2)", "(60, 100)")[old] if has_age else "None"
            lines.append(face_line(*name, age, "mf"[woman] if has_gender else ""))
            pixels = picture(seed, (60, 190)[woman], (60, 190)[old])
            write_image(folder / "faces", face_path(*name), pixels)
        write_labels(folder / "folds", *lines, name=f"{fold}_data.txt")


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """The record file of each fold, made of the label files as a run makes it."""
    folder = tmp_path_factory.mktemp("partial")
    (folder / "faces").mkdir()
    draw(folder)
    data = source(folder)
    accepted = validate(build_manifest([data], ["adience"]), KEEP).accepted.to_pylist()
    assert {row["fold"] for row in accepted} == set(FOLDS)
    assert all((row["age"] is None) != (row["gender"] is None) for row in accepted)
    assert len(accepted) == len(FOLDS) * FACES * 2 // 3
    reading = ReadOptions(IMAGES, {"adience": str(folder / "faces")}, "adience8")
    files = {}
    for fold in FOLDS:
        faces = [to_example(read_face(row, reading)) for row in accepted if row["fold"] == fold]
        files[fold] = [str(folder / f"{fold}.gz")]
        write_records(files[fold][0], faces)
    return files


def test_a_row_that_lacks_one_label_trains_the_other_head(
    records: dict[str, list[str]], transform_output: Path, tmp_path: Path
) -> None:
    held_out = Faces(records["fold_2"], None)
    task = TrainingJob(
        TrainConfig(model="cnn3", epochs=8, batch_size=8, devices="cpu", patience=8),
        ModelSpec(SIDE, (("age", 8), ("gender", 2)), seed=0),
        Faces(records["fold_0"] + records["fold_1"], None),
        held_out,
        validation_share=0.2,
    )
    graph = tft.TFTransformOutput(str(transform_output))

    model = fit(task, graph, str(tmp_path)).model

    faces = dataset.transformed(held_out, graph, task.heads)
    images, labels = next(faces.batch(100).as_numpy_iterator())
    found = model.predict(images, verbose=0)
    for head in task.heads:
        known = labels[head] >= 0
        assert 7 <= known.sum() <= 9
        assert len(set(labels[head][known])) == 2
        np.testing.assert_array_equal(
            tf.argmax(found[head], axis=1).numpy()[known], labels[head][known]
        )
