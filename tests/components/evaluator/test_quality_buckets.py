"""Slices by picture quality: TFMA, the table of predictions and the review count the same faces."""

from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from components.bias_review.review import review
from components.bias_review.run_info import RunInfo
from schemas.config.blocks import EvaluateConfig
from tests.components.evaluator.painted_faces import (
    Evaluated,
    Painted,
    evaluate,
    make_faces,
    write_model,
)
from tests.components.trainer.small_faces import AGES

pytestmark = pytest.mark.tf

SLICES = ("blur", "face_found", "height", "brightness", ("blur", "gender"), ("width", "blur"),
          "yaw", ("roll", "gender"), "face_score")  # fmt: skip
HEIGHTS = (63, 64, 127, 128, 600)
FOUND = (1, 0, None, 1)
BRIGHT = ("under 50", "50-99", "100-149", "150-199", "from 200")


def measured(painted: Painted, number: int) -> Painted:
    """Give a face quality features; fold_2, read in its own batches, has no `face_found`."""
    quality = {
        "height": HEIGHTS[number % 5],
        "width": HEIGHTS[number % 3],
        "blur": 12.5 * 2 ** (number % 8),  # Every second one at the edge of a bucket.
        "brightness": float(4 * number),
        "face_found": None if painted.face.fold == "fold_2" else FOUND[number // 2 % 4],
        "yaw": None if number % 3 == 0 else 10.0 * (number % 5 - 2),
        "roll": float(3 * number - 90),
        "face_score": None if painted.face.fold == "fold_2" else 0.61 + number / 200,
    }
    return painted._replace(face=painted.face._replace(quality=quality))


@pytest.fixture(scope="module")
def run(transform_output: Path, tmp_path_factory: pytest.TempPathFactory) -> Evaluated:
    """Sixty faces of two folds, one without the label."""
    folder = tmp_path_factory.mktemp("buckets")
    write_model(folder / "model", ["age"], transform_output)
    faces = [measured(painted, number) for number, painted in enumerate(make_faces(60))]
    faces[7] = faces[7]._replace(face=faces[7].face._replace(age=None))
    return evaluate(folder, faces, ["age"], folder / "model", slices=SLICES)


def tfma_counts(run: Evaluated) -> dict[tuple[Any, ...], int]:
    """{((column, value), ...) in the order of the columns' names: labelled faces}."""
    result = {
        key: round(metrics[""]["example_count"]["doubleValue"])
        for key, metrics in run.metrics("age").items()
    }
    return {key: count for key, count in result.items() if key and count}


def test_tfma_counts_in_every_bucket_the_faces_of_the_table(run: Evaluated) -> None:
    rows = [row for row in run.predictions() if row["label"] >= 0]

    counted: Counter[tuple[Any, ...]] = Counter()
    for names in SLICES:
        columns = sorted([names] if isinstance(names, str) else names)
        counted.update(tuple((column, row[column]) for column in columns) for row in rows)

    assert tfma_counts(run) == counted
    assert len(rows) == 59


def test_the_review_counts_in_every_bucket_the_faces_that_tfma_does(run: Evaluated) -> None:
    table = pq.read_table(run.folder / "evaluation" / "predictions.parquet")
    run_info = RunInfo(
        name="r", model="m", parameters=None, side=16, target="age", policy="strict",
        datasets=("adience",), names_subjects=True, held_out=("fold_2", "fold_3"), training=(),
    )  # fmt: skip

    # People of the drawn faces stand in both folds, which a review refuses.
    whole = table.set_column(
        table.schema.get_field_index("subject"), table.schema.field("subject"), table["key"]
    )
    result = review([whole], run_info, EvaluateConfig(slices=SLICES), {"age": AGES}, seed=0)

    shown = {
        tuple(sorted(zip(group.columns, group.values, strict=True))): group.images
        for group in result.groups
        if group.images
    }
    assert shown == tfma_counts(run)


def test_buckets_hold_the_faces_that_were_drawn_into_them(run: Evaluated) -> None:
    heights = ("under 64", "64-127", "64-127", "128-255", "from 512")
    blurs = ("under 25", "25-49", "50-99", "100-199", "200-399", "400-799", "800-1599", "from 1600")

    for row in run.predictions():
        number = int(row["key"].rpartition("/")[2])
        assert row["height"] == heights[number % 5]
        assert row["width"] == heights[number % 3]
        assert row["blur"] == blurs[number % 8]
        assert row["brightness"] == BRIGHT[4 * number // 50]
        detected = ("found", "not found", "not looked for", "found")[number // 2 % 4]
        yaws = ("10-24", "10-24", "under 10", "10-24", "10-24")
        assert row["yaw"] == ("unknown" if number % 3 == 0 else yaws[number % 5])
        assert (row["roll"] == "from 45") == (number <= 15 or number >= 45)
        assert (row["face_score"] == "unknown") == (row["fold"] == "fold_2")
        assert row["face_found"] == ("not looked for" if row["fold"] == "fold_2" else detected)
