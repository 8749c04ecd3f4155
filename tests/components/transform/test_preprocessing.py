"""The transform graph on a few faces: pixels, class indices, and nothing analyzed."""

import io
from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_transform as tft
import tensorflow_transform.beam as tft_beam
from google.protobuf import text_format
from PIL import Image
from tensorflow_metadata.proto.v0 import schema_pb2

from components.transform.preprocessing import class_index, label_numbers, preprocessing_fn
from schemas.config.blocks import ImagesConfig
from schemas.config.serialization import dump
from schemas.labels.classes import AGE_TABLES, TARGETS, class_names
from tests.repository import FACE_SCHEMA

pytestmark = pytest.mark.tf

SIDE = 8


def png(level: int) -> bytes:
    pixels = np.full((SIDE, SIDE, 3), level, np.uint8)
    pixels[0, 0] = (255, 0, 51)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def inputs(ages: list[str], genders: list[str]) -> dict[str, tf.Tensor]:
    """Raw features of as many faces, (batch, 1) each."""
    columns = {
        "image": [png(10 * number) for number in range(len(ages))],
        "age": ages,
        "gender": genders,
        "race": ["unknown"] * len(ages),
    }
    return {name: tf.constant(values)[:, tf.newaxis] for name, values in columns.items()}


def settings(target: str) -> dict[str, Any]:
    return {
        "images": dump(ImagesConfig(side=SIDE)),
        "target": target,
        "classes": "adience8",
        "inputs": [],
        "code": "x",
    }


@pytest.mark.parametrize("label", ["age", "gender", "race"])
def test_every_class_name_becomes_its_index_and_other_texts_minus_one(label: str) -> None:
    names = class_names(label, "adience8")

    found = class_index(tf.constant([*names, "unknown", "", f"{names[0]} "]), names)

    assert found.dtype == tf.int64
    assert found.numpy().tolist() == [*range(len(names)), -1, -1, -1]


def test_no_faces_give_no_indices() -> None:
    assert class_index(tf.constant([], tf.string), ("m", "f")).shape == (0,)


@pytest.mark.parametrize("target", TARGETS)
def test_each_target_gets_its_image_and_the_classes_of_its_heads(target: str) -> None:
    outputs = preprocessing_fn(inputs(["0-2", "60-100"], ["f", "m"]), settings(target))

    assert set(outputs) == {"image", *(f"{head}_class" for head in TARGETS[target])}
    assert outputs["image"].shape == (2, SIDE, SIDE, 3)


def test_pixels_become_minus_one_to_one_and_labels_their_index() -> None:
    outputs = preprocessing_fn(inputs(["4-6", "unknown"], ["f", "m"]), settings("age_gender"))

    image = outputs["image"].numpy()
    assert image.dtype == np.float32
    assert image[1, 0, 0] == pytest.approx([1.0, -1.0, 51 / 127.5 - 1])
    assert image[1, 1:].ravel() == pytest.approx(10 / 127.5 - 1)
    assert outputs["age_class"].numpy().tolist() == [1, -1]
    assert outputs["gender_class"].numpy().tolist() == [1, 0]


@pytest.mark.parametrize("classes", [1, 2, 5, 8])
def test_a_missing_label_shares_its_numbers_with_no_class(classes: int) -> None:
    found = label_numbers(tf.constant([*range(classes), -1], tf.int64), classes).numpy()

    assert found.dtype == np.float32
    assert found[:-1, 0] == pytest.approx(np.linspace(0, 1, classes))
    assert found[:-1, 1].tolist() == [1] * classes
    assert found[-1].tolist() == [0, 0]


def test_labels_beside_the_image_are_in_the_order_of_the_config() -> None:
    raw = inputs(["60-100", "4-6", "between"], ["m", "unknown", "f"])

    outputs = preprocessing_fn(raw, {**settings("race"), "inputs": ["gender", "age"]})

    assert set(outputs) == {"image", "race_class", "numbers"}
    expected = np.array([[0, 1, 1, 1], [0, 0, 1 / 7, 1], [1, 1, 0, 0]])
    np.testing.assert_allclose(outputs["numbers"].numpy(), expected, atol=1e-6)


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The graph as TFX builds it: from the curated schema, on no face at all."""
    folder = tmp_path_factory.mktemp("transform")
    schema = text_format.Parse(FACE_SCHEMA.read_text(encoding="utf-8"), schema_pb2.Schema())

    def preprocess(raw: dict[str, Any]) -> dict[str, tf.Tensor]:
        return preprocessing_fn(raw, settings("age_gender"))

    with (
        beam.Pipeline(runner="FnApiRunner") as pipeline,
        tft_beam.Context(temp_dir=str(folder / "temporary"), force_tf_compat_v1=False),
    ):
        nothing = pipeline | beam.Create([], reshuffle=False)
        metadata = tft.DatasetMetadata(schema)
        made = (nothing, metadata) | tft_beam.AnalyzeDataset(preprocess)
        raw = str(folder / tft.TFTransformOutput.RAW_METADATA_DIR)
        _ = metadata | tft_beam.WriteMetadata(raw, pipeline)
        _ = made | tft_beam.WriteTransformFn(str(folder))
    return tft.TFTransformOutput(str(folder))


def test_the_graph_needs_no_data_and_has_no_vocabulary(graph: Any) -> None:
    assets = Path(graph.transform_savedmodel_dir) / "assets"

    assert not assets.exists() or list(assets.iterdir()) == []


def test_the_graph_equals_the_function(graph: Any) -> None:
    raw = inputs(["25-32", "no class", "0-2"], ["m", "unknown", "f"])
    wanted = preprocessing_fn(raw, settings("age_gender"))
    spec = graph.raw_feature_spec()
    rest = {
        name: tf.zeros((3, 1), kind.dtype) if kind.dtype != tf.string else tf.fill((3, 1), "x")
        for name, kind in spec.items()
        if name not in raw and isinstance(kind, tf.io.FixedLenFeature)
    }

    found = graph.transform_features_layer()({**rest, **raw})

    assert set(found) == set(wanted)
    for name in wanted:
        np.testing.assert_allclose(found[name].numpy(), wanted[name].numpy(), atol=1e-6)


def test_the_graph_has_the_shape_of_a_face(graph: Any) -> None:
    spec = graph.transformed_feature_spec()

    assert spec["image"].shape == [SIDE, SIDE, 3]
    assert spec["image"].dtype == tf.float32
    assert spec["age_class"].dtype == spec["gender_class"].dtype == tf.int64


def test_every_age_table_has_names_that_differ() -> None:
    for table in AGE_TABLES:
        names = class_names("age", table)
        found = class_index(tf.constant(list(names)), names).numpy().tolist()
        assert found == list(range(len(names)))
