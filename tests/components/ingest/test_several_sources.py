"""One manifest of several sources, and of either set of Adience images."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from schemas.config.blocks import ColumnsConfig, DataConfig
from tests.components.ingest.small_data import (
    face_line,
    face_path,
    jpeg,
    rows_of,
    source,
    write_image,
    write_labels,
)


@pytest.mark.parametrize(
    ("present", "setting", "prefix"),
    [
        (["landmark"], "auto", "landmark"),
        (["coarse_tilt"], "auto", "coarse_tilt"),
        (["landmark", "coarse_tilt"], "auto", "landmark"),
        (["landmark", "coarse_tilt"], "coarse_tilt", "coarse_tilt"),
        ([], "auto", "landmark"),
    ],
)
def test_either_set_of_aligned_faces_is_read(
    tmp_path: Path, present: list[str], setting: Any, prefix: str
) -> None:
    write_labels(tmp_path / "folds", face_line())
    for kind in present:
        write_image(tmp_path / "faces", f"u1/{kind}_aligned_face.1.a.jpg", jpeg(1))

    (row,) = rows_of(dataclasses.replace(source(tmp_path), faces=setting))

    assert row["path"] == f"u1/{prefix}_aligned_face.1.a.jpg"
    assert (row["fault"] is None) == bool(present)


def test_several_data_sets_make_one_manifest_with_unique_keys(tmp_path: Path) -> None:
    write_labels(tmp_path / "folds", face_line(), face_line(image="b"))
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "age_test.txt").write_text(f"{face_path()} 4\n")
    (tmp_path / "mine.csv").write_text("file\nu1/c.jpg\nbad,line\n")
    data = [
        DataConfig("adience", str(tmp_path / "folds")),
        DataConfig("levi_hassner", str(tmp_path / "lists")),
        DataConfig("csv", str(tmp_path / "mine.csv"), columns=ColumnsConfig("file")),
        DataConfig("adience", str(tmp_path / "folds")),
    ]

    rows = rows_of(*data, labels_only=True)

    assert len({row["key"] for row in rows}) == len(rows) == 7
    assert [(row["key"].partition("/")[0], row["source"], row["line"]) for row in rows] == [
        ("source0", "fold_0_data.txt", 2), ("source0", "fold_0_data.txt", 3),
        ("source1", "age_test.txt", 1), ("source2", "mine.csv", 2), ("source2", "mine.csv", 3),
        ("source3", "fold_0_data.txt", 2), ("source3", "fold_0_data.txt", 3),
    ]  # fmt: skip
