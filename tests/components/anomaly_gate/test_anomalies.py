"""The gate's message on anomalies written by hand and on faults that TFDV detects."""

from pathlib import Path
from typing import Any

import pytest
import tensorflow_data_validation as tfdv
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

from components.anomaly_gate.anomalies import describe, verdict
from components.example_gen.tfrecord import to_example, write_records
from schemas.features import Value
from tests.repository import FACE_SCHEMA

pytestmark = pytest.mark.tf


def anomalies(**features: tuple[str, str]) -> anomalies_pb2.Anomalies:
    proto = anomalies_pb2.Anomalies()
    for name, (short, long) in features.items():
        proto.anomaly_info[name].short_description = short
        proto.anomaly_info[name].description = long
    return proto


def test_no_anomaly_is_no_verdict() -> None:
    assert verdict({}) is None
    assert verdict({"fold_0": anomalies(), "fold_1": anomalies()}) is None


def test_every_anomaly_is_one_sentence_with_its_split_and_feature() -> None:
    result = anomalies(race=("Column dropped", "No face has it."), age=("Unexpected", "See 'x'."))

    assert describe("fold_2", result) == [
        "fold_2: age: Unexpected. See 'x'.",
        "fold_2: race: Column dropped. No face has it.",
    ]


def test_an_anomaly_of_the_split_as_a_whole_is_described_too() -> None:
    result = anomalies()
    result.dataset_anomaly_info.short_description = "Too few"
    result.dataset_anomaly_info.description = "There are 0 examples."

    assert describe("fold_0", result) == ["fold_0: Too few. There are 0 examples."]
    assert describe("fold_0", anomalies(**{"": ("Short", "Long.")})) == [
        "fold_0: the whole split: Short. Long."
    ]


def test_the_verdict_lists_all_splits_in_order_and_the_fix() -> None:
    message = verdict(
        {
            "fold_1": anomalies(age=("B", "b.")),
            "fold_0": anomalies(age=("A", "a.")),
            "c": anomalies(),
        }
    )

    assert message == (
        "the examples break the schema in 2 places: fold_0: age: A. a. | fold_1: age: B. b. "
        "Correct the data, or schemas/tfdv/faces.pbtxt if the data are right."
    )


def face(number: int, **given: Value) -> dict[str, Value]:
    plain: dict[str, Value] = {
        "image": b"\xff\xd8\xff" + bytes([number]),
        "age": "25-32",
        "gender": "f",
        "race": "unknown",
        "age_class": 4,
        "gender_class": 1,
        "race_class": -1,
        "fold": "fold_0",
        "subject": "s",
        "photographer": "p",
        "key": f"adience/{number}",
        "yaw": None,
        "tilt": 5.0,
        "landmark_score": None,
        "height": 100,
        "width": 90,
        "blur": 1.5,
        "brightness": 100.0,
        "face_found": None,
        "face_score": None,
        "roll": None,
    }
    return plain | given


def gate(tmp_path: Path, faces: list[dict[str, Value]]) -> str | None:
    """The gate's verdict on one split of these faces, by TFDV and the curated schema."""
    path = str(tmp_path / "faces.gz")
    write_records(path, [to_example(face) for face in faces])
    result = tfdv.generate_statistics_from_tfrecord(path)
    schema = text_format.Parse(FACE_SCHEMA.read_text(encoding="utf-8"), schema_pb2.Schema())
    return verdict({"fold_0": tfdv.validate_statistics(result, schema)})


def test_good_faces_pass_with_labels_and_numbers_missing(tmp_path: Path) -> None:
    missing: dict[str, Value] = {"age": "unknown", "age_class": -1, "tilt": None, "yaw": -15.0}

    assert (
        gate(tmp_path, [face(0), face(1, **missing), face(2, gender="m", gender_class=0)]) is None
    )


@pytest.mark.parametrize(
    ("given", "parts"),
    [
        ({"age": "35"}, ["fold_0: age: ", "Unexpected string values", "35"]),
        ({"image": None}, ["fold_0: image: ", "dropped|missing|fewer"]),
        ({"gender_class": 2}, ["fold_0: gender_class: ", "2"]),
        ({"race_class": -2}, ["fold_0: race_class: ", "-2"]),
        ({"height": 0}, ["fold_0: height: "]),
        ({"brightness": 256.0}, ["fold_0: brightness: ", "256"]),
    ],
    ids=["age text", "no image", "gender class", "race class", "height", "brightness"],
)
def test_a_planted_fault_is_named_with_split_and_feature(
    tmp_path: Path, given: dict[str, Any], parts: list[str]
) -> None:
    message = gate(tmp_path, [face(0), face(1), face(2, **given)])

    assert message is not None
    assert "in 1 place" in message
    for part in parts:
        assert any(choice in message for choice in part.split("|")), message
