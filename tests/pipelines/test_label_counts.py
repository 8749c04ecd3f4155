"""What the label report counts apart: files of systems, repeats, near repeats."""

import io
import json
from pathlib import Path

from PIL import Image

from pipelines.validate_labels import render_json, render_text, run_labels
from schemas.config.blocks import DataConfig
from tests.components.ingest.small_data import (
    face_line,
    face_path,
    jpeg,
    write_image,
    write_labels,
)
from tests.pipelines.test_validate_labels import config


def test_files_that_systems_add_are_counted_apart(tmp_path: Path) -> None:
    faces = tmp_path / "faces"
    for name in ("26_0_3_1.jpg", "._26_0_3_1.jpg", ".DS_Store", "__MACOSX/._26_0_3_1.jpg"):
        write_image(faces, name, jpeg(0))
    utkface = DataConfig("utkface", None, str(faces))

    result = run_labels(config(tmp_path / "runs", utkface), labels_only=False)

    report = json.loads(render_json(result))
    assert (report["rows"], report["rejected"], report["ignored_files"]) == (1, {}, 3)
    assert "ignored files: 3" in render_text(result)


def test_repeats_count_nothing_against_the_largest_share_of_rejects(tmp_path: Path) -> None:
    write_labels(tmp_path / "folds", *[face_line()] * 9, face_line(user="b", age="35"))
    data = DataConfig("adience", str(tmp_path / "folds"))

    result = run_labels(config(tmp_path, data, max_reject_share=0.5), labels_only=True)

    assert result.report.rejected["repeat_of"] == 8
    assert not [warning for warning in result.warnings if "a run would fail" in warning]


def test_copies_in_two_folds_are_listed_or_rejected(tmp_path: Path) -> None:
    picture = Image.open(io.BytesIO(jpeg(7))).resize((96, 96), Image.Resampling.BICUBIC)
    half = picture.resize((48, 48))
    for user, fold, image in (("u1", 0, picture), ("u2", 1, half)):
        write_labels(
            tmp_path / "folds", face_line(user=user, face=user), name=f"fold_{fold}_data.txt"
        )
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=60)
        write_image(tmp_path / "faces", face_path(user=user, face=user), buffer.getvalue())
    data = DataConfig("adience", str(tmp_path / "folds"), str(tmp_path / "faces"))

    found = run_labels(config(tmp_path / "runs", data), labels_only=False)
    rejected = run_labels(config(tmp_path / "runs", data, near_repeats="reject"), labels_only=False)
    off = run_labels(config(tmp_path / "runs", data, near_repeats="off"), labels_only=False)

    assert (found.report.accepted, found.report.near_repeats["across_folds"]) == (2, 1)
    text = render_text(found)
    assert "near repeats: 1 pairs of 2 pictures, 1 across folds" in text
    assert "fold_0_data.txt:2 fold_0 fold_1_data.txt:2 fold_1" in " ".join(text.split())
    assert rejected.report.rejected == {"near_repeat": 1}
    assert off.report.near_repeats["compared"] == 0
