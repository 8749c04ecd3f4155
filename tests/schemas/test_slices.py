"""Slices of the config, and the buckets of numbers among their columns."""

import math
import re
from collections.abc import Callable
from typing import Any

import pytest

from schemas.config.blocks import Config, DataConfig, EvaluateConfig, ImagesConfig, Slice
from schemas.errors import ConfigError
from schemas.features import FEATURES
from schemas.prediction_table import PREDICTIONS
from schemas.slices import (
    COLUMNS,
    QUALITY,
    bucket,
    bucket_names,
    needs_detector,
    slice_columns,
)  # fmt: skip

MEASURED = tuple(column for column, quality in QUALITY.items() if quality.edges)


@pytest.mark.parametrize(
    ("slices", "message"),
    [
        (("photographer",), "photographer, expected one or more different columns of fold"),
        ((("gender", "subject"),), "gender x subject, expected"),
        ((("age", "age"),), "age x age, expected"),
        (((),), "an empty slice"),
        (("age", "age"), "has age twice"),
        ((("age", "gender"), ("gender", "age")), "has age x gender twice"),
    ],
)
def test_slices_of_single_people_and_double_slices_are_refused(slices: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        slice_columns(slices)


def test_every_column_is_a_feature_of_a_face_and_a_column_of_the_predictions() -> None:
    assert set(COLUMNS) <= set(FEATURES)
    assert set(COLUMNS) <= set(PREDICTIONS.names)


@pytest.mark.parametrize(
    ("column", "value", "name"),
    [
        ("height", 1, "under 64"),
        ("height", 63, "under 64"),
        ("height", 64, "64-127"),
        ("width", 127, "64-127"),
        ("width", 128, "128-255"),
        ("width", 511, "256-511"),
        ("width", 512, "from 512"),
        ("width", 40_000, "from 512"),
        ("blur", 0.0, "under 25"),
        ("blur", 24.999, "under 25"),
        ("blur", 25.0, "25-49"),
        ("blur", 399.999, "200-399"),
        ("blur", 400.0, "400-799"),
        ("blur", 1599.999, "800-1599"),
        ("blur", 1600.0, "from 1600"),
        ("blur", math.inf, "from 1600"),
        ("brightness", 0.0, "under 50"),
        ("brightness", 50.0, "50-99"),
        ("brightness", 199.999, "150-199"),
        ("brightness", 200.0, "from 200"),
        ("brightness", 255.0, "from 200"),
        ("face_found", 1, "found"),
        ("face_found", 0, "not found"),
        ("face_found", None, "not looked for"),
        ("face_score", 0.6, "under 70"),
        ("face_score", 0.7, "70-74"),
        ("face_score", 0.849, "80-84"),
        ("face_score", 1.0, "from 85"),
        ("yaw", 9.9, "under 10"),
        ("yaw", -10.0, "10-24"),
        ("yaw", -39.9, "25-39"),
        ("yaw", 90.0, "from 40"),
        ("roll", 0.0, "under 5"),
        ("roll", -179.0, "from 45"),
        ("face_score", None, "unknown"),
        ("height", None, "unknown"),
        ("blur", math.nan, "unknown"),
        ("brightness", None, "unknown"),
    ],
)
def test_a_number_at_an_edge_begins_the_bucket_above_it(
    column: str, value: float | None, name: str
) -> None:
    assert bucket(column, value) == name


def holds(name: str) -> Callable[[float], bool]:
    """What a bucket's name says of a number, read by eye: its bounds are whole numbers."""
    first, *rest = map(int, re.findall(r"[0-9]+", name))
    if name.startswith("under"):
        return lambda value: value < first
    if name.startswith("from"):
        return lambda value: value >= first
    return lambda value: first <= math.floor(value) <= rest[0]


@pytest.mark.parametrize("column", MEASURED)
def test_every_number_is_in_the_one_bucket_whose_name_holds_it(column: str) -> None:
    for value in (number / 4 for number in range(4 * 2_000)):
        holding = [name for name in bucket_names(column) if holds(name)(value)]
        stored = value / 100 if column == "face_score" else value  # Named in per cent.

        assert holding == [bucket(column, stored)], value


def test_buckets_come_in_the_order_of_their_numbers() -> None:
    assert bucket_names("brightness") == ("under 50", "50-99", "100-149", "150-199", "from 200")
    assert bucket_names("face_found") == ("found", "not found", "not looked for")
    for column in MEASURED:
        firsts = [int(re.findall(r"[0-9]+", name)[0]) for name in bucket_names(column)[1:]]
        assert firsts == sorted(set(firsts))


@pytest.mark.parametrize(
    ("align", "slices", "needed"),
    [
        ("none", ("gender", "blur", "face_found"), False),
        ("none", ("gender", ("gender", "yaw")), True),
        ("none", ("roll",), True),
        ("none", ("face_score",), True),
        ("crop", (), True),
        ("eyes", ("gender",), True),
    ],
)
def test_faces_are_detected_where_they_are_aligned_or_a_slice_names_their_pose(
    align: Any, slices: tuple[Slice, ...], needed: bool
) -> None:
    config = Config(
        name="r",
        data=(DataConfig("adience"),),
        images=ImagesConfig(align=align),
        evaluate=EvaluateConfig(slices=slices),
    )

    assert needs_detector(config) == needed
