"""Tiny faces as stored records, and the real transform graph over them."""

import io
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import apache_beam as beam
import numpy as np
import numpy.typing as npt
import tensorflow as tf
import tensorflow_transform as tft
import tensorflow_transform.beam as tft_beam
from google.protobuf import text_format
from PIL import Image
from tensorflow_metadata.proto.v0 import schema_pb2

from components.example_gen.tfrecord import to_example, write_records
from components.trainer.parameters import TrainerParameters
from components.transform.preprocessing import preprocessing_fn
from schemas.config.blocks import ImagesConfig
from schemas.config.serialization import dump
from schemas.config.train import TrainConfig
from schemas.features import Value
from schemas.labels.classes import GENDERS, UNKNOWN, class_names
from schemas.training_record import DataOrigin
from tests.repository import FACE_SCHEMA

SIDE = 16
IMAGES = ImagesConfig(side=SIDE, min_side=1, encoding="png")
FOLDS = ("fold_0", "fold_1", "fold_2", "fold_3")
HELD_OUT = "fold_3"
AGES = class_names("age", "adience8")
PARAMETERS = TrainerParameters(
    train=TrainConfig(),
    seed=1,
    images=IMAGES,
    target="age_gender",
    classes="adience8",
    validation_share=0.2,
    held_out=(HELD_OUT,),
    origins=(DataOrigin("adience", "adience", "adience"),),
    start_folder="",
    checkpoints="",
    weights_hash="",
    code="",
)
_IMAGES = (2, 3, 5)  # Images of the three subjects of a fold.


class DrawnFace(NamedTuple):
    """One face before it is stored."""

    key: str
    subject: str
    photographer: str
    fold: str
    age: str | None
    gender: str | None
    pixels: npt.NDArray[np.uint8]  # (SIDE, SIDE, 3), RGB.
    quality: Mapping[str, Value] = MappingProxyType({})  # Overrides of the features below.


def draw(seed: int, gender: int, side: int = SIDE) -> npt.NDArray[np.uint8]:
    """Noise on a ground whose colour depends on the gender: (side, side, 3), RGB."""
    ground = np.array([[190, 60, 60], [60, 60, 190]][gender])
    noise = np.random.default_rng(seed).integers(-50, 50, (side, side, 3))
    pixels: npt.NDArray[np.uint8] = (ground + noise).astype(np.uint8)
    return pixels


def draw_faces(folds: Sequence[str] = FOLDS) -> list[DrawnFace]:
    """Ten faces a fold: three subjects with 2, 3 and 5 images, by two photographers."""
    return [face for fold in folds for face in _fold(fold)]


def _fold(fold: str) -> Iterator[DrawnFace]:
    number = 0
    for person, images in enumerate(_IMAGES):
        for _ in range(images):
            seed = 1000 * int(fold.rpartition("_")[2]) + number
            age, gender = seed % len(AGES), person % 2
            yield DrawnFace(
                key=f"{fold}/{number}",
                subject=f"{fold}-person{person}",
                photographer=f"{fold}-camera{person % 2}",
                fold=fold,
                age=AGES[age],
                gender=GENDERS[gender],
                pixels=draw(seed, gender),
            )
            number += 1


def png(pixels: npt.NDArray[np.uint8]) -> bytes:
    """Encode without loss, by Pillow."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG")
    return buffer.getvalue()


def record(face: DrawnFace) -> bytes:
    """A face as FaceExampleGen stores it."""
    stored: dict[str, Value] = {
        "image": png(face.pixels),
        "age": face.age or UNKNOWN,
        "gender": face.gender or UNKNOWN,
        "race": UNKNOWN,
        "age_class": -1 if face.age is None else AGES.index(face.age),
        "gender_class": -1 if face.gender is None else GENDERS.index(face.gender),
        "race_class": -1,
        "fold": face.fold,
        "subject": face.subject,
        "photographer": face.photographer,
        "key": face.key,
        "yaw": None if face.key.endswith("0") else 15.0,
        "tilt": None,
        "landmark_score": None,
        "height": 100,
        "width": 90,
        "blur": 1.0,
        "brightness": 100.0,
        "face_found": None,
        "face_score": None,
        "roll": None,
        **face.quality,
    }
    return to_example(stored)


def write_faces(folder: Path, faces: Sequence[DrawnFace], shards: int = 2) -> None:
    """Write `Split-<fold>/faces-*.gz` below `folder`, as FaceExampleGen lays them out."""
    for fold in sorted({face.fold for face in faces}):
        records = [record(face) for face in faces if face.fold == fold]
        for shard in range(shards):
            name = f"faces-{shard:05d}-of-{shards:05d}.gz"
            write_records(str(folder / f"Split-{fold}" / name), records[shard::shards])


def shards_of(folder: Path, *folds: str) -> list[str]:
    """The record files of some folds, in order."""
    return [str(path) for fold in folds for path in sorted((folder / f"Split-{fold}").glob("*.gz"))]


def write_transform_output(
    folder: Path, target: str, inputs: Sequence[str] = (), images: ImagesConfig = IMAGES
) -> None:
    """Build the graph as TFX's Transform does: from the curated schema, by `preprocessing_fn`."""
    schema = text_format.Parse(FACE_SCHEMA.read_text(encoding="utf-8"), schema_pb2.Schema())
    metadata = tft.DatasetMetadata(schema)
    settings = {"images": dump(images), "target": target, "classes": "adience8", "inputs": inputs}

    def preprocess(inputs: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        dense = {k: v for k, v in inputs.items() if not isinstance(v, tf.SparseTensor)}
        return preprocessing_fn(dense, settings)

    with (
        beam.Pipeline(runner="FnApiRunner") as pipeline,
        tft_beam.Context(temp_dir=str(folder / "temporary"), force_tf_compat_v1=False),
    ):
        no_faces: Any = pipeline | beam.Create([], reshuffle=False)
        graph = (no_faces, metadata) | tft_beam.AnalyzeDataset(preprocess)
        raw = os.path.join(folder, tft.TFTransformOutput.RAW_METADATA_DIR)
        _ = metadata | tft_beam.WriteMetadata(raw, pipeline)
        _ = graph | tft_beam.WriteTransformFn(str(folder))
