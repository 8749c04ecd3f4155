"""Faces whose pixels hold the class scores that the model returns."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import apache_beam as beam
import keras
import numpy as np
import pyarrow.parquet as pq
import tensorflow_model_analysis as tfma
import tensorflow_transform as tft
from tfx.components.util import examples_utils
from tfx.proto import example_gen_pb2
from tfx.types import artifact_utils, standard_artifacts

from components.evaluator.component import Evaluator
from components.records.counts import record_counts
from components.trainer.saved_model import ServedModel, export
from schemas.config.blocks import EvaluateConfig
from schemas.config.serialization import dump
from tests.components.trainer.small_faces import (
    AGES,
    IMAGES,
    SIDE,
    DrawnFace,
    write_faces,
)
from tests.repository import FACE_SCHEMA

NAMES = {"age": AGES, "gender": ("m", "f")}
ROWS = {"age": 0, "gender": 1}  # The picture's row that holds the head's scores.


class Painted(NamedTuple):
    """A face and the classes that the model returns."""

    face: DrawnFace
    answers: dict[str, int]  # Head to class index.


def paint(face: DrawnFace, seed: int, **answers: int) -> Painted:
    """Give every class of each head a random score up to 200, and the answer the score 255."""
    pixels = np.random.default_rng(seed).integers(0, 201, (SIDE, SIDE, 3)).astype(np.uint8)
    for head, index in answers.items():
        pixels[ROWS[head], index] = 255
    return Painted(face._replace(pixels=pixels), answers)


def make_faces(count: int) -> list[Painted]:
    """Faces of two folds; the model is right on two of five, one class off on one of five."""
    painted = []
    for number in range(count):
        random = np.random.default_rng(number)
        age, gender = int(random.integers(8)), int(random.integers(2))
        guess = (age, age, min(age + 1, 7), (age + 2) % 8, (age + 5) % 8)[number % 5]
        face = DrawnFace(
            key=f"adience/{number:03d}",
            subject=f"person{number // 3}",
            photographer=f"camera{number // 6}",
            fold=f"fold_{2 + number % 2}",
            age=AGES[age],
            gender="mf"[gender],
            pixels=np.zeros((1, 1, 3), np.uint8),
        )
        painted.append(paint(face, number, age=guess, gender=gender if number % 4 else 1 - gender))
    return painted


def write_model(folder: Path, heads: Sequence[str], transform_output: Path) -> None:
    """Export a model whose probabilities are the softmax of the painted scores."""
    inputs = keras.Input((SIDE, SIDE, 3), dtype="float32", name="image")
    outputs = {
        head: keras.ops.softmax(4.0 * inputs[:, ROWS[head], : len(NAMES[head]), 0])
        for head in heads
    }
    graph = tft.TFTransformOutput(str(transform_output))
    served = ServedModel(keras.Model(inputs, outputs), graph, IMAGES, NAMES)
    export(served, str(folder / "Format-Serving"))


class Evaluated(NamedTuple):
    """The outputs of one run of the Evaluator."""

    folder: Path
    faces: list[Painted]
    heads: list[str]

    @property
    def blessed(self) -> bool:
        """By the file that TFX's Pusher reads; the opposite file must not exist."""
        names = [path.name for path in (self.folder / "blessing").iterdir()]
        assert names in (["BLESSED"], ["NOT_BLESSED"])
        return names == ["BLESSED"]

    def predictions(self) -> list[dict[str, Any]]:
        """The rows of predictions.parquet."""
        table = pq.read_table(self.folder / "evaluation" / "predictions.parquet")
        rows: list[dict[str, Any]] = table.to_pylist()
        return rows

    def metrics(self, head: str) -> dict[tuple[Any, ...], dict[str, dict[str, Any]]]:
        """{slice: {sub-key: {metric: value}}} as TFMA wrote them."""
        output = f"{head}_probabilities" if len(self.heads) > 1 else ""
        result = tfma.load_eval_result(str(self.folder / "evaluation"))
        return {key: outputs[output] for key, outputs in result.slicing_metrics}


def evaluate(
    folder: Path, faces: list[Painted], heads: list[str], model: Path, **settings: Any
) -> Evaluated:
    """Store the faces and run the component over all their folds."""
    folds = settings.pop("splits", sorted({painted.face.fold for painted in faces}))
    write_faces(folder / "examples", [painted.face for painted in faces])
    examples = standard_artifacts.Examples()
    examples.uri = str(folder / "examples")
    examples.split_names = artifact_utils.encode_split_names(["fold_0", *folds])
    examples_utils.set_payload_format(examples, example_gen_pb2.PayloadFormat.FORMAT_TF_EXAMPLE)
    stored = Counter(painted.face.fold for painted in faces)
    record_counts(examples, settings.pop("stored", stored))
    (folder / "schema").mkdir()
    (folder / "schema" / "schema.pbtxt").write_bytes(FACE_SCHEMA.read_bytes())
    artifacts: dict[str, Any] = {
        "model": standard_artifacts.Model(),
        "schema": standard_artifacts.Schema(),
        "evaluation": standard_artifacts.ModelEvaluation(),
        "blessing": standard_artifacts.ModelBlessing(),
    }
    for name, artifact in artifacts.items():
        artifact.uri = str(model if name == "model" else folder / name)
    Evaluator.test_call(
        examples=examples,
        **artifacts,
        evaluate=dump(EvaluateConfig(**settings)),
        heads=json.dumps([[head, len(NAMES[head])] for head in heads]),
        splits=json.dumps(folds),
        code="",
        beam_pipeline=beam.Pipeline(runner="FnApiRunner"),
    )
    return Evaluated(folder, faces, heads)
