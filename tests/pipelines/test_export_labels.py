"""The accepted labels for people of other frameworks."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from pipelines.cli import main
from pipelines.cli.labels import FORMS as FORM_NAMES
from pipelines.export_labels import FORMS
from schemas.config.blocks import ColumnsConfig, DataConfig
from tests.components.ingest.small_data import build_manifest, face_line, face_path, write_labels

BOTH = ["labels.target=age_gender", "labels.policy=strict"]


def export(folder: Path, data: Path, form: str, *words: str) -> Path:
    """Run the command; gives the file that it wrote."""
    command = ["labels", "adience", f"data.labels={data}", "--labels-only", *BOTH, *words]
    assert main([*command, f"output={folder}/runs", "--export", f"{folder}/out", "--as", form]) == 0
    (path,) = (folder / "out").iterdir()
    return path


def small(folder: Path) -> Path:
    write_labels(
        folder / "folds",
        face_line(),
        face_line(image='b,"x".jpg', age="(0, 2)", gender="f"),
        face_line(image="c.jpg", age="35"),
    )
    return folder / "folds"


def test_the_two_hot_vectors_are_those_of_the_real_files(tmp_path: Path, shared_data: Path) -> None:
    path = export(tmp_path, shared_data / "adience", "two_hot")

    exported = np.load(path)
    ages = {"(0, 2)": 0, "(4, 6)": 1, "(8, 12)": 2, "(15, 20)": 3, "(25, 32)": 4}
    ages |= {"(38, 43)": 5, "(48, 53)": 6, "(60, 100)": 7}
    wanted: dict[str, list[int]] = {}
    for file in sorted((shared_data / "adience").glob("fold_*_data.txt")):
        with file.open(encoding="utf-8", newline="") as opened:
            for row in csv.DictReader(opened, delimiter="\t"):
                if row["age"] in ages and row["gender"] in ("m", "f"):
                    image = face_path(row["user_id"], row["original_image"], row["face_id"])
                    wanted[image] = [ages[row["age"]], 8 + "mf".index(row["gender"])]
    assert exported["vectors"].shape == (16_156, 10)
    assert (exported["vectors"].sum(axis=1) == 2).all()
    images = [str(image).partition("aligned/")[2] for image in exported["image"]]
    assert images == list(wanted)
    assert [np.flatnonzero(vector).tolist() for vector in exported["vectors"]] == list(
        wanted.values()
    )
    assert exported["columns"].tolist()[-3:] == ["60-100", "m", "f"]


def rows_of(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    if path.suffix == ".parquet":
        rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
        return rows
    arrays = np.load(path)
    names = [name for name in arrays.files if not name.endswith(("_class", "_classes"))]
    columns = (arrays[name].tolist() for name in names)
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


@pytest.mark.parametrize("form", ["csv", "parquet", "npz"])
def test_every_form_holds_the_accepted_rows(tmp_path: Path, form: str) -> None:
    path = export(tmp_path, small(tmp_path), form, "data.images=/faces/")

    rows = rows_of(path)

    assert path.name == f"labels.{form}"
    assert [
        (row["image"], row["age"], row["gender"], row["fold"], row["subject"]) for row in rows
    ] == [
        ("/faces/" + face_path(), "25-32", "m", "fold_0", "1"),
        ("/faces/" + face_path(image='b,"x".jpg'), "0-2", "f", "fold_0", "1"),
    ]
    assert all(row["race"] in (None, "") for row in rows)


HOSTILE = ("=1+1", "-x", "+a@b", "@SUM(1)", "'=1", "'a", "-2.875", "''-b", "plain")
KEPT = {"'a", "-2.875", "plain"}


def test_a_csv_export_runs_nothing_in_a_spreadsheet_and_is_read_back(tmp_path: Path) -> None:
    lines = [face_line(user=name, face=name, image=f"{name}.jpg") for name in HOSTILE]
    write_labels(tmp_path / "folds", *lines)
    path = export(tmp_path, tmp_path / "folds", "csv", "data.images=null")
    columns = ColumnsConfig("image", "age", "gender", None, "subject", "photographer", "fold")
    data = DataConfig("csv", str(path), columns=columns)

    exported = rows_of(path)
    manifest = build_manifest([data], ["mine"], labels_only=True)

    written = [name if name in KEPT else f"'{name}" for name in HOSTILE]
    assert [row["subject"] for row in exported] == written
    assert [row["photographer"] for row in exported] == written
    assert manifest["subject"].to_pylist() == list(HOSTILE)
    assert manifest["path"].to_pylist() == [
        face_path(user=name, face=name, image=f"{name}.jpg") for name in HOSTILE
    ]


def test_cells_of_other_files_keep_their_apostrophes(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("image,age\n'=1.jpg,25\n")
    data = DataConfig("csv", str(tmp_path), columns=ColumnsConfig("image", age="age"))

    table = build_manifest([data], ["mine"], labels_only=True)

    assert table["path"].to_pylist() == ["'=1.jpg"]


@pytest.mark.parametrize("form", FORM_NAMES)
def test_an_export_replaces_its_own_file_and_none_of_others(
    tmp_path: Path, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = export(tmp_path, small(tmp_path), form)
    assert export(tmp_path, tmp_path / "folds", form) == path

    for content in (b"image,age\na.jpg,25\n", b"\x00\xff", b"[1]"):
        path.write_bytes(content)
        command = ["labels", "adience", f"data.labels={tmp_path}/folds", "--labels-only", *BOTH]
        command += [f"output={tmp_path}/runs", "--export", str(path.parent), "--as", form]

        assert main(command) == 2
        assert "exists and Facefold did not write it" in capsys.readouterr().err
        assert path.read_bytes() == content


def test_an_export_does_not_replace_the_labels_that_it_reads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = export(tmp_path, small(tmp_path), "csv", "data.images=null")
    content = path.read_bytes()
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "labels.csv").symlink_to(path)

    for folder in (path.parent, tmp_path / "linked"):
        source = f"data={{dataset: csv, labels: {path}, columns: {{path: image, age: age}}}}"
        command = ["labels", "adience", source, "--labels-only", f"output={tmp_path}/runs"]

        assert main([*command, "--export", str(folder)]) == 2
        assert "is a label file of this config" in capsys.readouterr().err
    assert path.read_bytes() == content


def test_labels_replace_their_own_tables_and_none_of_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["labels", "adience", f"data.labels={small(tmp_path)}", "--labels-only"]
    command.append(f"output={tmp_path}/runs")
    for _ in range(2):
        assert main(command) == 0
    for name in ("manifest.parquet", "rejects.parquet", "report.json"):
        path = tmp_path / "runs" / "adience-age" / "labels" / name
        whole = path.read_bytes()
        path.write_bytes(b'{"mine": 1}')

        assert main(command) == 2

        assert f"output: '{path}' exists" in capsys.readouterr().err
        assert path.read_bytes() == b'{"mine": 1}'
        path.write_bytes(whole)


def test_npz_gives_class_indices_with_their_names(tmp_path: Path) -> None:
    exported = np.load(export(tmp_path, small(tmp_path), "npz"))

    names = exported["age_classes"]
    assert [names[index] for index in exported["age_class"]] == ["25-32", "0-2"]
    assert exported["gender_class"].tolist() == [0, 1]
    assert exported["race_class"].tolist() == [-1, -1]


def test_json_names_the_export(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = export(tmp_path, small(tmp_path), "csv", "--json")

    assert json.loads(capsys.readouterr().out)["files"]["export"] == str(path)


def test_the_words_are_those_of_the_table() -> None:
    assert set(FORM_NAMES) == set(FORMS)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--as", "csv"], "--as csv is set without --export, expected both; add --export DIR."),
        (
            ["--export", "OUT", "--as", "xml"],
            "'xml' is not one of 'csv', 'parquet', 'npz', 'two_hot'",
        ),
        (["--export", "OUT", "--as", "two_hot"], "--as two_hot needs age and gender of every row"),
        (["--export", "FILE"], "--export: "),
    ],
)
def test_a_wrong_export_exits_2_with_a_message_that_helps(
    tmp_path: Path, options: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    places = {"OUT": str(tmp_path / "out"), "FILE": str(tmp_path / "file")}
    command = ["labels", "adience", f"data.labels={small(tmp_path)}", "--labels-only"]

    status = main([*command, f"output={tmp_path}", *(places.get(word, word) for word in options)])

    assert status == 2
    assert expected in capsys.readouterr().err
