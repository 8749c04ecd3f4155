"""Rows to shards in Beam: nothing lost, and the same bytes however many work on it."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
import tensorflow as tf
from apache_beam.metrics.metric import MetricsFilter
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.testing.test_pipeline import TestPipeline
from apache_beam.testing.util import assert_that, equal_to

from components.example_gen import shards
from components.example_gen.face_features import read_face
from components.example_gen.tfrecord import to_example, write_records
from components.example_gen.transforms import REJECTED, write_faces
from schemas.features import FEATURES
from tests.components.example_gen.small_rows import as_table, good_rows, reading, row
from tests.components.ingest.small_data import jpeg

pytestmark = pytest.mark.tf

Rows = Sequence[dict[str, Any]]


def write(
    folder: Path, root: Path, rows: Rows, *options: str, processes: int = 1
) -> dict[str, bytes]:
    """Run the step alone; its files by name."""
    arguments = PipelineOptions(["--runner=FnApiRunner", *options])
    with beam.Pipeline(options=arguments) as pipeline:
        _ = write_faces(pipeline, str(folder), reading(root), as_table(rows), processes)
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def stored(path: Path) -> list[dict[str, Any]]:
    """The faces of one shard, as plain values; an absent feature is no key."""
    faces = []
    for record in tf.data.TFRecordDataset(str(path), compression_type="GZIP"):
        features = tf.train.Example.FromString(record.numpy()).features.feature
        faces.append(
            {
                name: list(getattr(held, held.WhichOneof("kind")).value)
                for name, held in features.items()
            }
        )
    return faces


def test_write_faces_loses_no_row(tmp_path: Path) -> None:
    root = tmp_path / "faces"
    rows = [
        *good_rows(root, 3),
        *good_rows(root / "other", 1, fold="fold_1", path="other/000.jpg", key="adience/other/0"),
        row(root, "cut.jpg", jpeg(7)[:300]),
        row(root, "text.jpg", b"no picture", fold="fold_1"),
        row(root, "missing.jpg", None),
    ]
    pipeline = TestPipeline(runner="FnApiRunner")

    outputs = write_faces(pipeline, str(tmp_path / "out"), reading(root), as_table(rows))

    assert_that(outputs.written, equal_to([("fold_0", 3, 0), ("fold_1", 1, 0)]), label="written")
    rejected = [
        ("adience/cut.jpg", "image_unreadable", "example_gen"),
        ("adience/text.jpg", "image_unreadable", "example_gen"),
        ("adience/missing.jpg", "image_missing", "example_gen"),
    ]
    assert_that(
        outputs[REJECTED] | beam.Map(lambda r: (r["key"], r["reason"], r["stage"])),
        equal_to(rejected),
        label="rejected",
    )
    result = pipeline.run().metrics().query(MetricsFilter().with_namespace("images"))["counters"]
    counts = {counter.key.metric.name: counter.committed for counter in result}
    assert counts == {
        "rows_in": 7,
        "rows_ok": 4,
        "rejected/image_unreadable": 2,
        "rejected/image_missing": 1,
    }
    written = [face for path in (tmp_path / "out").rglob("*.gz") for face in stored(path)]
    assert len(written) == 4


def test_shards_are_the_same_bytes_in_every_order_and_on_any_number_of_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "FACES_A_SHARD", 5)
    root = tmp_path / "faces"
    rows = [*good_rows(root, 23), row(root, "cut.jpg", jpeg(0)[:300])]
    mixed = random.Random(1).sample(rows, len(rows))
    threads = ("--direct_running_mode=multi_threading", "--direct_num_workers=2")

    one = write(tmp_path / "one", root, rows)
    two = write(tmp_path / "two", root, mixed)
    both = write(tmp_path / "both", root, rows, *threads)
    three = write(tmp_path / "three", root, mixed, processes=3)

    assert one == two == both == three
    assert len(one) == 5
    assert all(
        name.startswith("Split-fold_0/faces-") and name.endswith("-of-00005.gz") for name in one
    )
    keys = [[face["key"] for face in stored(tmp_path / "one" / name)] for name in one]
    assert all(shard == sorted(shard) for shard in keys)
    assert sum(map(len, keys)) == 23


def test_a_face_is_stored_as_it_was_read(tmp_path: Path) -> None:
    root = tmp_path / "faces"
    (given,) = good_rows(root, 1, age=None)
    expected = {
        name: [value.encode() if isinstance(value, str) else value]
        for name, value in read_face(given, reading(root)).items()
        if value is not None
    }

    (name,) = write(tmp_path / "out", root, [given])

    (face,) = stored(tmp_path / "out" / name)
    assert face == {
        key: value if FEATURES[key].kind != "float" else [pytest.approx(value[0], rel=1e-6)]
        for key, value in expected.items()
    }
    assert set(FEATURES) - set(face) == {"tilt", "face_found", "face_score", "roll"}
    assert (face["age"], face["age_class"]) == ([b"unknown"], [-1])


def test_a_shard_has_its_final_name_only_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "Split-fold_0" / "faces-00000-of-00001.gz"
    seen: list[bool] = []

    def records() -> Any:
        for record in (b"one", b"two"):
            yield record
            seen.append(path.exists())

    assert write_records(str(path), records()) == 2

    assert seen == [False, False]
    assert list(path.parent.iterdir()) == [path]


def test_a_failed_write_leaves_no_shard_and_the_next_attempt_no_other_file(tmp_path: Path) -> None:
    path = tmp_path / "Split-fold_0" / "faces-00000-of-00001.gz"

    def records() -> Any:
        yield b"one"
        raise RuntimeError("the disk is gone")

    with pytest.raises(RuntimeError, match="the disk is gone"):
        write_records(str(path), records())

    assert not path.exists()
    assert write_records(str(path), [b"one"]) == 1
    assert list(path.parent.iterdir()) == [path]


def test_equal_faces_give_equal_bytes_in_any_order_of_features(tmp_path: Path) -> None:
    (given,) = good_rows(tmp_path, 1)
    face = read_face(given, reading(tmp_path))
    turned = dict(reversed(face.items()))

    assert to_example(face) == to_example(turned)


def test_a_worker_without_the_image_root_is_an_error_and_rejects_no_picture(
    tmp_path: Path,
) -> None:
    rows = good_rows(tmp_path / "faces", 3)

    with pytest.raises(Exception, match=r"the image root '.*elsewhere' is no folder on .* Mount"):
        write(tmp_path / "out", tmp_path / "elsewhere", rows)

    assert not (tmp_path / "out").exists()
