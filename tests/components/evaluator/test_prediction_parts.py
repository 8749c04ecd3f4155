"""The merged table beside all rows sorted at once."""

import random
from pathlib import Path
from typing import Any

import apache_beam as beam
import pyarrow.parquet as pq
import pytest

from components.evaluator.prediction_parts import WriteParts, merge_parts, remove_parts
from schemas.prediction_table import PREDICTIONS

pytestmark = pytest.mark.tf

ROWS = 50


def row(number: int, head: str) -> dict[str, Any]:
    texts = {field.name: "x" for field in PREDICTIONS if str(field.type) == "string"}
    numbers = {"label": 1, "predicted": 0, "probability": 0.5, "probabilities": [0.5, 0.25]}
    return {**texts, **numbers, "key": f"s/{number:03d}", "head": head}


def shuffled() -> list[dict[str, Any]]:
    rows = [row(number, head) for number in range(ROWS) for head in ("age", "gender")]
    random.Random(0).shuffle(rows)
    return rows


@pytest.mark.parametrize("rows_of_a_part", [1, 7, 100, 1000])
def test_the_table_is_sorted_and_whole_however_many_parts_there_are(
    rows_of_a_part: int, tmp_path: Path
) -> None:
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        parts = (
            pipeline
            | beam.Create(shuffled())
            | beam.ParDo(WriteParts(str(tmp_path), rows_of_a_part))
        )
        _ = (
            pipeline
            | "Once" >> beam.Create([None])
            | beam.Map(merge_parts, parts=beam.pvalue.AsList(parts), folder=str(tmp_path))
        )
    written = len(list((tmp_path / "parts").iterdir()))
    remove_parts(str(tmp_path))

    table = pq.read_table(tmp_path / "predictions.parquet")
    expected = [(head, f"s/{number:03d}") for head in ("age", "gender") for number in range(ROWS)]
    assert list(zip(*table.select(["head", "key"]).to_pydict().values(), strict=True)) == expected
    assert table.schema.equals(PREDICTIONS)
    assert written >= 2 * ROWS / rows_of_a_part
    assert [path.name for path in tmp_path.iterdir()] == ["predictions.parquet"]


def test_no_rows_are_an_empty_table(tmp_path: Path) -> None:
    merge_parts(None, [], str(tmp_path))

    assert pq.read_table(tmp_path / "predictions.parquet").num_rows == 0


def test_a_part_of_a_failed_attempt_is_not_merged(tmp_path: Path) -> None:
    writer = WriteParts(str(tmp_path), rows=1)
    paths: list[str] = []
    for head in ("age", "gender"):
        writer.start_bundle()
        paths += writer.process(row(1, head))

    merge_parts(None, paths[:1], str(tmp_path))

    assert pq.read_table(tmp_path / "predictions.parquet")["head"].to_pylist() == ["age"]
