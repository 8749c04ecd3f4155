"""The labels command without its printing: golden numbers, files, warnings."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipelines.validate_labels import render_json, render_text, run_labels
from schemas.config.blocks import Config, DataConfig, LabelsConfig
from schemas.errors import ConfigError
from schemas.parquet import TableWriter
from schemas.tables import MANIFEST, REJECTS
from tests.components.ingest.small_data import (
    face_line,
    face_path,
    jpeg,
    write_image,
    write_labels,
)

CLASSES = ["0-2", "4-6", "8-12", "15-20", "25-32", "38-43", "48-53", "60-100"]


def config(output: Path, *data: DataConfig, **labels: Any) -> Config:
    return Config("test", data, labels=LabelsConfig(**labels), output=str(output))


@pytest.fixture
def real(shared_data: Path) -> DataConfig:
    return DataConfig("adience", str(shared_data / "adience" / "fold_*_data.txt"))


@pytest.mark.parametrize(
    ("policy", "target", "accepted"),
    [
        ("strict", "age", 17_321),
        ("strict", "gender", 17_492),
        ("strict", "age_gender", 16_156),
        ("repaired", "age", 17_534),
        ("repaired", "gender", 17_492),
        ("repaired", "age_gender", 16_366),
        ("nearest", "age", 18_622),
        ("single_gender_photo", "gender", 11_734),
    ],
)
def test_the_real_files_give_the_golden_numbers(
    tmp_path: Path, real: DataConfig, policy: str, target: str, accepted: int
) -> None:
    result = run_labels(config(tmp_path, real, policy=policy, target=target), labels_only=True)

    report = result.report
    assert (report.rows, report.unique, report.accepted) == (19_487, 19_370, accepted)
    assert report.rejected["repeat_of"] == 117
    assert sum(report.rejected.values()) == 19_487 - accepted
    assert sum(report.by_fold.values()) == accepted
    assert sum(sum(counts.values()) for counts in report.table.values()) == accepted
    assert result.warnings == ()


def test_the_unified_table_comes_out_cell_by_cell(tmp_path: Path, real: DataConfig) -> None:
    strict = config(tmp_path, real, policy="strict", target="age_gender")

    report = run_labels(strict, labels_only=True).report

    assert report.table == {
        "m": dict(zip(CLASSES, [716, 909, 929, 733, 2304, 1239, 392, 439], strict=True)),
        "f": dict(zip(CLASSES, [681, 1230, 1188, 907, 2575, 1054, 433, 427], strict=True)),
    }
    assert report.repaired == {}


def test_repairs_are_counted_by_rule(tmp_path: Path, real: DataConfig) -> None:
    report = run_labels(config(tmp_path, real, policy="repaired"), labels_only=True).report

    assert report.repaired == {
        "bounds_reversed": 72,
        "range_inside_class": 123,
        "age_inside_class": 18,
    }


def test_every_real_line_is_in_one_of_the_two_files(tmp_path: Path, real: DataConfig) -> None:
    result = run_labels(config(tmp_path, real), labels_only=True)

    places: Counter[tuple[str, int]] = Counter()
    for path in (result.files["manifest"], result.files["rejects"]):
        table = pq.read_table(path, columns=["source", "line"])
        places.update(zip(*table.to_pydict().values(), strict=True))
    expected = Counter(
        (path.name, number)
        for path in Path(real.labels or "").parent.glob("fold_*_data.txt")
        for number, line in enumerate(path.read_bytes().split(b"\n"), start=1)
        if number > 1 and line
    )
    assert places == expected


def test_the_real_pictures_are_read_and_compared(tmp_path: Path, shared_data: Path) -> None:
    data = DataConfig("utkface", None, str(shared_data / "utkface_sample"))
    calls: list[tuple[int, int]] = []

    result = run_labels(
        config(tmp_path, data, target="gender"),
        labels_only=False,
        progress=lambda done, total: calls.append((done, total)),
    )

    report = result.report
    assert report.rejected == {"malformed_name": 2, "repeat_of": 3, "conflicting_labels": 16}
    assert (report.rows, report.accepted) == (2927, 2927 - 21)
    assert list(report.by_fold) == [f"fold_{number}" for number in range(5)]
    assert calls[-1] == (2925, 2925)
    assert "utkface names no subjects" in render_text(result)


@pytest.fixture
def drawn(tmp_path: Path) -> DataConfig:
    """Six rows with five planted defects."""
    write_labels(
        tmp_path / "folds",
        face_line(user="good"),
        face_line(user="missing"),
        face_line(user="../out"),
        b"mangled",
        face_line(user="good"),
        face_line(user="old", age="(38, 48)"),
    )
    for seed, user in enumerate(("good", "old")):
        write_image(tmp_path / "faces", face_path(user=user), jpeg(seed))
    return DataConfig("adience", str(tmp_path / "folds"), str(tmp_path / "faces"))


def test_planted_defects_are_reported_in_both_forms(tmp_path: Path, drawn: DataConfig) -> None:
    result = run_labels(config(tmp_path / "runs", drawn), labels_only=False)

    report = json.loads(render_json(result))
    rejected = {
        "malformed_line": 1,
        "repeat_of": 1,
        "path_outside_root": 1,
        "image_missing": 1,
        "age_spans_classes": 1,
    }
    assert report["rejected"] == rejected
    assert list(report["rejected"]) == list(rejected)
    assert (report["rows"], report["unique"], report["accepted"]) == (6, 5, 1)
    assert set(report) == {
        "policy", "target", "rows", "unique", "accepted", "rejected", "repaired", "by_fold",
        "table", "notes", "files", "by_class", "subjects", "groups", "by_label", "rejected_texts",
        "unknown_texts", "suggested_vocabulary", "warnings", "people", "ignored_files",
        "near_repeats",
    }  # fmt: skip
    text = render_text(result)
    for reason, path in zip(rejected, report["files"].values(), strict=False):
        assert reason in text
        assert path in text


def test_the_files_have_their_schemas_and_no_temporary_file_is_left(
    tmp_path: Path, drawn: DataConfig
) -> None:
    result = run_labels(config(tmp_path / "runs", drawn), labels_only=False)

    folder = tmp_path / "runs" / "test" / "labels"
    files = {"manifest.parquet", "rejects.parquet", "report.json"}
    assert {path.name for path in folder.iterdir()} == files
    assert json.loads(render_json(result))["files"] == {
        "manifest": str(folder / "manifest.parquet"),
        "rejects": str(folder / "rejects.parquet"),
        "report": str(folder / "report.json"),
    }
    assert pq.read_schema(result.files["manifest"]).equals(MANIFEST, check_metadata=True)
    assert pq.read_schema(result.files["rejects"]).equals(REJECTS, check_metadata=True)
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert report == result.report.to_dict()


def test_a_second_run_gives_the_same_bytes(tmp_path: Path, drawn: DataConfig) -> None:
    first, second = (
        [
            Path(path).read_bytes()
            for path in run_labels(config(tmp_path / name, drawn), labels_only=False).files.values()
        ]
        for name in ("one", "two")
    )

    assert first == second


@pytest.mark.parametrize(
    ("lines", "limit", "warning"),
    [
        ([face_line(), face_line(user="b", age="35")], 0.5, None),
        (
            [face_line(), face_line(user="b", age="35")],
            0.4,
            "50.0% of the unique rows are rejected",
        ),
        ([face_line(age="35")], 1.0, "no rows left after the label rules"),
    ],
    ids=["at the limit", "above the limit", "none accepted"],
)
def test_a_failure_of_a_run_is_only_a_warning_here(
    tmp_path: Path, lines: list[bytes], limit: float, warning: str | None
) -> None:
    write_labels(tmp_path / "folds", *lines)
    data = DataConfig("adience", str(tmp_path / "folds"))

    result = run_labels(config(tmp_path, data, max_reject_share=limit), labels_only=True)

    text = render_text(result)
    assert ("a run would fail" in text) == (warning is not None)
    assert f"warning: {warning or ''}" in text


def test_files_without_a_row_are_a_config_error(tmp_path: Path) -> None:
    write_labels(tmp_path / "folds")
    data = DataConfig("adience", str(tmp_path / "folds"))

    with pytest.raises(ConfigError, match=r"no rows left: .*folds.* hold no labelled face"):
        run_labels(config(tmp_path, data), labels_only=True)


def test_labels_are_checked_before_images(tmp_path: Path) -> None:
    nowhere = DataConfig("adience", str(tmp_path / "nowhere"), str(tmp_path / "nowhere"))

    with pytest.raises(ConfigError, match=r"data\.labels: no file matches"):
        run_labels(config(tmp_path, nowhere), labels_only=False)


def test_missing_images_are_reported_before_anything_is_written(tmp_path: Path) -> None:
    write_labels(tmp_path / "folds", face_line())
    data = DataConfig("adience", str(tmp_path / "folds"))

    with pytest.raises(ConfigError, match=r"data\.images is None, expected an existing folder"):
        run_labels(config(tmp_path / "runs", data), labels_only=False)
    assert not (tmp_path / "runs").exists()


def test_an_output_that_cannot_be_written_is_a_config_error(tmp_path: Path) -> None:
    write_labels(tmp_path / "folds", face_line())
    (tmp_path / "runs").write_text("a file stands here")
    data = DataConfig("adience", str(tmp_path / "folds"))

    with pytest.raises(ConfigError, match=r"output: .* is a file, expected a folder"):
        run_labels(config(tmp_path / "runs", data), labels_only=True)


def test_a_failed_write_leaves_the_old_file(
    tmp_path: Path, drawn: DataConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = Path(run_labels(config(tmp_path / "runs", drawn), labels_only=False).files["manifest"])
    before = old.read_bytes()

    def full(writer: TableWriter, table: object) -> None:
        del table
        writer._writer.write_table(MANIFEST.empty_table())
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(TableWriter, "write", full)
    with pytest.raises(OSError, match=r"No space left on device: '.*/rejects\.parquet'"):
        run_labels(config(tmp_path / "runs", drawn), labels_only=False)

    assert old.read_bytes() == before
    assert len(list(old.parent.iterdir())) == 3


def test_labels_need_no_tensorflow() -> None:
    heavy = "{'tensorflow', 'tfx', 'apache_beam', 'keras', 'pandas', 'cv2', 'distributed'}"
    code = f"import sys, pipelines.validate_labels; print({heavy} & set(sys.modules))"

    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert result.stdout.strip() == "set()"
