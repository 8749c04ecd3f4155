"""One face from disk to its stored features, and the rows that leave with a reason."""

import io
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from PIL import Image

from components.example_gen.face_features import read_face
from components.faces.detector import find_face
from components.faces.pose import pose_of
from schemas.config.blocks import ImagesConfig
from schemas.errors import ImageError
from schemas.features import FEATURES
from schemas.labels.classes import class_names
from tests.components.example_gen.small_rows import PNG, SIDE, reading, row
from tests.components.faces.drawn_faces import drawn
from tests.components.faces.pictures import encoded, noise
from tests.components.ingest.small_data import jpeg


def picture(height: int, width: int, turn: int = 1) -> bytes:
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = turn
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(buffer, "PNG", exif=exif)
    return buffer.getvalue()


def test_a_face_has_every_feature_of_the_table(tmp_path: Path) -> None:
    face = read_face(row(tmp_path, "a.jpg", jpeg(0)), reading(tmp_path))

    assert set(face) == set(FEATURES)
    kinds = {"bytes": bytes, "text": str, "int": int, "float": float}
    for name, feature in FEATURES.items():
        assert face[name] is None or type(face[name]) is kinds[feature.kind], name


def test_the_size_is_that_of_the_oriented_source(
    tmp_path: Path,
) -> None:
    face = read_face(row(tmp_path, "a.png", picture(32, 48, turn=6)), reading(tmp_path))

    assert (face["height"], face["width"]) == (48, 32)
    assert isinstance(face["image"], bytes)
    with Image.open(io.BytesIO(face["image"])) as stored:
        assert (stored.size, stored.format, stored.mode) == ((SIDE, SIDE), "PNG", "RGB")
        grey = np.asarray(stored.convert("L"))
    assert face["brightness"] == pytest.approx(grey.mean(), abs=0.6)


def test_encoding_and_side_are_those_of_the_config(tmp_path: Path) -> None:
    small = ImagesConfig(side=8, encoding="jpeg")

    face = read_face(row(tmp_path, "a.jpg", jpeg(0)), reading(tmp_path, small))

    assert isinstance(face["image"], bytes)
    with Image.open(io.BytesIO(face["image"])) as stored:
        assert (stored.size, stored.format) == ((8, 8), "JPEG")


@pytest.mark.parametrize("label", ["age", "gender", "race"])
def test_every_class_name_becomes_its_index_in_the_table(tmp_path: Path, label: str) -> None:
    names = class_names(label, "adience8")

    result = [
        read_face(row(tmp_path, "a.jpg", jpeg(0), **{label: name}), reading(tmp_path))
        for name in names
    ]

    assert [face[label] for face in result] == list(names)
    assert [face[f"{label}_class"] for face in result] == list(range(len(names)))


@pytest.mark.parametrize("label", ["age", "gender", "race"])
def test_a_missing_label_is_unknown_and_minus_one(tmp_path: Path, label: str) -> None:
    face = read_face(row(tmp_path, "a.jpg", jpeg(0), **{label: None}), reading(tmp_path))

    assert (face[label], face[f"{label}_class"]) == ("unknown", -1)


def test_a_missing_person_is_unknown_and_a_missing_number_stays_missing(tmp_path: Path) -> None:
    given = {"subject": None, "photographer": None, "yaw": None, "tilt": 0.0}

    face = read_face(row(tmp_path, "a.jpg", jpeg(0), **given), reading(tmp_path))

    assert (face["subject"], face["photographer"]) == ("unknown", "unknown")
    assert (face["yaw"], face["tilt"], face["landmark_score"]) == (None, 0.0, 90.0)


def test_each_row_is_read_below_the_root_of_its_own_source(tmp_path: Path) -> None:
    row(tmp_path / "one", "a.jpg", jpeg(1))
    second = row(tmp_path / "two", "a.jpg", jpeg(2), key="adience.1/a.jpg")
    roots = {"adience": str(tmp_path / "one"), "adience.1": str(tmp_path / "two")}

    face = read_face(second, reading(tmp_path)._replace(roots=roots))

    alone = row(tmp_path / "two", "a.jpg", jpeg(2))
    assert face["image"] == read_face(alone, reading(tmp_path / "two"))["image"]


def changed_later(root: Path) -> dict[str, Any]:
    given = row(root, "a.jpg", jpeg(0))
    (root / "a.jpg").write_bytes(jpeg(1))
    return given


@pytest.mark.parametrize(
    ("make", "reason", "detail"),
    [
        (changed_later, "image_unreadable", r"content of 'a\.jpg' changed .*; run again"),
        (lambda root: row(root, "a.jpg", None), "image_missing", "no file 'a.jpg'"),
        (lambda root: row(root, "a.jpg", jpeg(0)[:200]), "image_unreadable", "broken|end early"),
        (lambda root: row(root, "a.jpg", b""), "image_unreadable", "is empty"),
        (lambda root: row(root, "a.png", picture(8, 90)), "image_too_small", "min_side=16"),
        (lambda root: row(root, "a.png", picture(99, 99)), "image_too_large", "max_pixels=9000"),
        (lambda root: row(root, "a.jpg", b"\0" * 40_000), "image_too_large", "max_bytes"),
        (
            lambda root: row(root, "a.jpg", jpeg(0), path="../a.jpg"),
            "path_outside_root",
            "leaves the image root",
        ),
    ],
    ids=["changed", "missing", "cut", "empty", "small", "pixels", "bytes", "outside"],
)  # fmt: skip
def test_an_unusable_face_is_rejected_with_its_reason(
    tmp_path: Path, make: Any, reason: str, detail: str
) -> None:
    limits = ImagesConfig(side=SIDE, max_pixels=9000, max_bytes=39_999)

    with pytest.raises(ImageError, match=detail) as caught:
        read_face(make(tmp_path), reading(tmp_path, limits))
    assert caught.value.reason == reason


def test_contents_that_were_not_hashed_are_not_compared(tmp_path: Path) -> None:
    given = row(tmp_path, "a.jpg", jpeg(0), content_hash=None)

    assert read_face(given, reading(tmp_path, PNG))["key"] == "adience/a.jpg"


def test_people_of_two_sources_are_never_the_same(tmp_path: Path) -> None:
    alone = reading(tmp_path)
    mixed = alone._replace(roots={**alone.roots, "other": str(tmp_path)})
    given = row(tmp_path, "a.jpg", jpeg(0))

    assert read_face(given, alone)["subject"] == given["subject"]
    assert read_face(given, mixed)["subject"] == f"adience/{given['subject']}"
    assert read_face(given, mixed)["photographer"] == f"adience/{given['photographer']}"


DRAWN = encoded(drawn(turn=25.0))


@pytest.mark.parametrize("align", ["none", "crop", "eyes"])
def test_a_detected_face_has_a_score_and_a_pose(
    tmp_path: Path, align: Literal["none", "crop", "eyes"]
) -> None:
    options = reading(tmp_path, ImagesConfig(align=align))._replace(detect=True)

    face = read_face(row(tmp_path, "a.png", DRAWN, yaw=None, tilt=-90.0), options)

    expected = find_face(drawn(turn=25.0))
    assert expected is not None
    assert face["face_found"] == 1
    assert face["face_score"] == pytest.approx(expected.score)
    assert (face["yaw"], face["roll"]) == pytest.approx(pose_of(expected))
    assert face["tilt"] == -90.0  # Of the original photo, not of this picture.


def test_a_yaw_of_the_data_set_remains(tmp_path: Path) -> None:
    options = reading(tmp_path, ImagesConfig(align="crop"))

    face = read_face(row(tmp_path, "a.png", DRAWN, yaw=-15.0), options)

    assert face["yaw"] == -15.0
    assert isinstance(face["roll"], float)


def test_without_a_face_score_and_pose_are_missing(tmp_path: Path) -> None:
    options = reading(tmp_path)._replace(detect=True)

    face = read_face(row(tmp_path, "a.png", encoded(noise(90, 90)), yaw=None), options)

    assert (face["face_found"], face["face_score"], face["yaw"], face["roll"]) == (
        0, None, None, None,
    )  # fmt: skip
