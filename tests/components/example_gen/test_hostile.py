"""Hostile and unusual files in the image step, each alone and all together."""

import csv
import io
import json
import os
import resource
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from components.example_gen.face_features import ReadOptions, read_face
from schemas.config.blocks import ColumnsConfig, DataConfig, ImagesConfig, LabelsConfig
from schemas.errors import ImageError
from schemas.labels.rejection_reasons import REASONS
from tests.components.example_gen.small_rows import as_table, row
from tests.components.faces.hostile import BOMBS, CASES, lay_out
from tests.components.faces.hostile_names import MAX_BYTES, MIN_SIDE
from tests.components.faces.outcomes import SIDE, Case, Drawn
from tests.components.ingest.small_data import build_manifest
from tests.components.label_validator.small_manifest import validate

IMAGES = ImagesConfig(side=SIDE, encoding="png", min_side=MIN_SIDE, max_bytes=MAX_BYTES)
CELLS = 8  # Pictures of another size than the stored one are compared by means of so many squared.

SUPERUSER = os.geteuid() == 0
HERE = [case for case in CASES if not (case.not_for_root and SUPERUSER)]


def params(cases: Sequence[Case]) -> list[Any]:
    closed = pytest.mark.skipif(SUPERUSER, reason="the superuser may read anything")
    return [
        pytest.param(case, id=case.name, marks=closed if case.not_for_root else ())
        for case in cases
    ]


ACCEPTED = params([case for case in CASES if isinstance(case.expected, Drawn)])
REFUSED = params(
    [case for case in CASES if not isinstance(case.expected, Drawn) and case not in BOMBS]
)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The corpus on disk."""
    folder = tmp_path_factory.mktemp("hostile") / "root"
    lay_out(folder)
    return folder


def reading(root: Path) -> ReadOptions:
    return ReadOptions(IMAGES, {"adience": str(root)}, "adience8")


def row_of(root: Path, case: Case) -> dict[str, Any]:
    return row(root, case.path, None)


def cell_means(pixels: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Mean colours of equal cells: (CELLS, CELLS, 3), whatever the size."""
    image = Image.fromarray(pixels).resize((CELLS, CELLS), Image.Resampling.BOX)
    return np.asarray(image).astype(np.float64)


def difference(stored: npt.NDArray[Any], drawn: npt.NDArray[Any]) -> float:
    """The largest one, in levels: of pixels where the sizes are the same, else of cells."""
    if stored.shape == drawn.shape:
        return float(np.abs(stored.astype(int) - drawn).max())
    return float(np.abs(cell_means(stored) - cell_means(drawn)).max())


@pytest.mark.parametrize("case", params(BOMBS))
def test_a_decompression_bomb_takes_no_memory(root: Path, case: Case) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with pytest.raises(ImageError, match=r"max_pixels|again|no marker|broken|libjpeg") as caught:
        read_face(row_of(root, case), reading(root))

    assert caught.value.reason == case.expected
    # The peak, in KB, so these files must not be read before; their pixels take 2,700,000 KB.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


@pytest.mark.parametrize("case", ACCEPTED)
def test_a_whole_picture_is_stored_as_drawn(root: Path, case: Case) -> None:
    assert isinstance(case.expected, Drawn)

    face = read_face(row_of(root, case), reading(root))

    assert (face["height"], face["width"]) == case.expected.pixels.shape[:2]
    assert isinstance(face["image"], bytes)
    with Image.open(io.BytesIO(face["image"])) as image:
        assert (image.format, image.mode, image.size) == ("PNG", "RGB", (SIDE, SIDE))
        stored = np.asarray(image)
    slack = 0 if case.expected.pixels.shape == stored.shape else 4  # Two ways to resize.
    assert difference(stored, case.expected.pixels) <= case.expected.within + slack


@pytest.mark.parametrize("case", REFUSED)
def test_every_broken_file_is_rejected_with_its_reason(root: Path, case: Case) -> None:
    with pytest.raises(ImageError) as caught:
        read_face(row_of(root, case), reading(root))

    assert caught.value.reason == case.expected
    assert caught.value.detail


def test_every_real_face_is_accepted(shared_data: Path) -> None:
    folders = [shared_data / "utkface_sample", shared_data / "fairface_sample"]
    names = [path for folder in folders for path in sorted(folder.glob("*.jpg"))]
    refused = {}

    for path in names:
        given = row(shared_data, path.relative_to(shared_data).as_posix(), None)
        try:
            read_face(given, reading(shared_data))
        except ImageError as error:
            refused[path.name] = error.detail

    assert refused == {}
    assert len(names) == 3_045  # 2,927 and 118: shared/data/README.md.


def test_the_corpus_has_unique_names_and_known_reasons() -> None:
    assert len({case.name for case in CASES}) == len({case.path for case in CASES}) == len(CASES)
    assert {case.expected for case in CASES if isinstance(case.expected, str)} < set(REASONS)


class Outcome(NamedTuple):
    """The outputs of one run of `write_faces`."""

    rejected: dict[str, str]  # Reasons by key.
    written: list[str]  # Keys, in order.
    counts: dict[str, int]


def run_step(folder: Path, root: Path, rows: Sequence[dict[str, Any]]) -> Outcome:
    import apache_beam as beam
    import tensorflow as tf
    from apache_beam.metrics.metric import MetricsFilter
    from apache_beam.testing.test_pipeline import TestPipeline

    from components.example_gen.transforms import REJECTED, write_faces

    message = folder / "rejects.json"
    pipeline = TestPipeline(runner="FnApiRunner")
    outputs = write_faces(pipeline, str(folder / "shards"), reading(root), as_table(rows))
    lines = outputs[REJECTED] | beam.Map(lambda row: json.dumps([row["key"], row["reason"]]))
    _ = lines | beam.io.WriteToText(str(message), shard_name_template="")
    result = pipeline.run().metrics().query(MetricsFilter().with_namespace("images"))["counters"]

    written = []
    for path in sorted((folder / "shards").rglob("faces-*")):
        for record in tf.data.TFRecordDataset(str(path), compression_type="GZIP"):
            features = tf.train.Example.FromString(record.numpy()).features.feature
            written.append(features["key"].bytes_list.value[0].decode())
    rejected = [json.loads(line) for line in message.read_text().splitlines()]
    assert len(rejected) == len(dict(rejected))
    counts = {counter.key.metric.name: counter.committed for counter in result}
    return Outcome(dict(rejected), sorted(written), counts)


@pytest.mark.tf
def test_no_row_of_the_corpus_is_lost(root: Path, tmp_path: Path) -> None:
    rows = [row_of(root, case) for case in HERE]
    refused = {
        f"adience/{case.path}": case.expected for case in HERE if isinstance(case.expected, str)
    }

    result = run_step(tmp_path, root, rows)

    assert result.rejected == refused
    assert result.written == sorted({row["key"] for row in rows} - set(refused))
    reasons = Counter(refused.values())
    assert result.counts == {
        "rows_in": len(rows),
        "rows_ok": len(rows) - len(refused),
        **{f"rejected/{reason}": count for reason, count in reasons.items()},
    }


def label_file(folder: Path) -> Path:
    """All cases in one CSV file, with equal labels: the pictures alone decide."""
    path = folder / "labels.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([("file", "age", "gender"), *((one.path, "30", "f") for one in HERE)])
    return path


@pytest.mark.tf
def test_the_counts_add_up_from_the_label_file_to_the_shards(root: Path, tmp_path: Path) -> None:
    columns = ColumnsConfig("file", age="age", gender="gender")
    data = DataConfig("csv", str(label_file(tmp_path)), str(root), columns=columns)
    expected: Counter[str] = Counter()
    for case in HERE:
        expected.update(
            case.listed or [case.expected if isinstance(case.expected, str) else "written"]
        )

    manifest = build_manifest([data], ["adience"], images=IMAGES)
    judged = validate(manifest, LabelsConfig())
    result = run_step(tmp_path, root, judged.accepted.to_pylist())

    assert manifest.num_rows == expected.total()
    assert judged.accepted.num_rows == len(result.rejected) + len(result.written)
    outcomes = Counter(judged.rejects["reason"].to_pylist())
    outcomes.update(result.rejected.values())
    outcomes["written"] = len(result.written)
    assert outcomes == expected
