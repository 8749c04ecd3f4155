"""The files of a fold's records."""

from pathlib import Path

import pytest
from tfx.types import artifact_utils, standard_artifacts

from components.records.reading import read_records, record_files
from tests.components.trainer.small_faces import draw_faces, record, shards_of, write_faces

pytestmark = pytest.mark.tf

FOLDS = ("fold_0", "fold_1")


def test_the_files_of_the_records_are_those_without_a_leading_dot(tmp_path: Path) -> None:
    write_faces(tmp_path / "examples", draw_faces(FOLDS))
    unfinished = tmp_path / "examples" / "Split-fold_0" / ".faces-00000-of-00002.gz.unfinished"
    unfinished.write_bytes(b"half")
    examples = standard_artifacts.Examples()
    examples.uri = str(tmp_path / "examples")
    examples.split_names = artifact_utils.encode_split_names(list(FOLDS))

    assert record_files(examples, "fold_0") == shards_of(tmp_path / "examples", "fold_0")


def test_the_records_of_a_file_are_those_that_were_written(tmp_path: Path) -> None:
    faces = draw_faces(FOLDS[:1])
    write_faces(tmp_path, faces, shards=1)

    [file] = shards_of(tmp_path, "fold_0")
    assert list(read_records(file)) == [record(face) for face in faces]
