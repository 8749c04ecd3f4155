"""Rejected texts as `facefold labels` shows them, and the vocabulary that it suggests."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.cli import main
from tests.components.label_validator.small_manifest import face, manifest

HEADER = "file,age,sex,race\n"
LINES = ("a.jpg,25,M,White", "b.jpg,30,w,", "c.jpg,28,w,Elf", "d.jpg,old,f,", "e.jpg,8,f,Elf")
CONFIG = """name: a
data: {dataset: csv, labels: l.csv, columns: {path: file, age: age, gender: sex, race: race}}
labels: {target: age_gender}
evaluate: {min_images: 1}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "c.yaml").write_text(CONFIG, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def labels(folder: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    """(exit status, standard output; as JSON if asked for) of `facefold labels`."""
    status = main(["labels", str(folder / "c.yaml"), "--labels-only", *words])
    out = capsys.readouterr().out
    return status, json.loads(out) if "--json" in words else out


def test_rejected_texts_are_printed_with_count_reason_and_place(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "l.csv").write_text(HEADER + "\n".join(LINES), encoding="utf-8")

    status, text = labels(folder, capsys)

    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert status == 0
    assert "gender 'w' 2 gender_unknown l.csv:3" in lines
    assert "age 'old' 1 age_unknown_text l.csv:5" in lines
    assert "race 'Elf' 1 race_unknown l.csv:6" in lines  # Of an accepted row.
    assert any(line.startswith("warning: age 0-2: no accepted face") for line in lines)


def test_the_suggested_vocabulary_maps_the_texts(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "l.csv").write_text(HEADER + "\n".join(LINES), encoding="utf-8")
    _, report = labels(folder, capsys, "--json")
    assert [
        (one["label"], one["text"], one["rows"], one["file"], one["line"])
        for one in report["rejected_texts"]
    ] == [("gender", "w", 2, "l.csv", 3), ("age", "old", 1, "l.csv", 5)]
    suggested = report["suggested_vocabulary"]
    assert yaml.safe_load(suggested) == {
        "age": {"old": "missing"}, "gender": {"w": "missing"}, "race": {"Elf": "missing"},
    }  # fmt: skip
    corrected = suggested.replace('"w": missing', '"w": f').replace('"old": missing', '"old": 60+')

    (folder / "mine.yaml").write_text(corrected, encoding="utf-8")
    status, report = labels(folder, capsys, "labels.vocabulary=mine.yaml", "--json")

    assert (status, report["accepted"], report["rejected"]) == (0, 5, {})
    assert (report["suggested_vocabulary"], report["rejected_texts"]) == ("", [])
    assert report["table"]["f"]["60-100"] == 1


@pytest.mark.parametrize(
    "text", ['"', "\\", "\n", "a: b", "#", "no", "\u2028", "\x07", "é", "'", "-"]
)
def test_every_text_is_quoted_so_that_yaml_gives_it_back(text: str) -> None:
    from pipelines.label_texts import suggested_vocabulary
    from schemas.config.blocks import LabelsConfig
    from tests.components.label_validator.small_manifest import validate

    report = validate(manifest(face(gender_text=text)), LabelsConfig("gender")).report

    assert list(yaml.safe_load(suggested_vocabulary(report))["gender"]) == [text]


def test_a_text_that_common_knows_is_suggested_with_its_meaning(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "l.csv").write_text(HEADER + "a.jpg,20-29,Male,\nb.jpg,70+,Female,", encoding="utf-8")

    _, report = labels(folder, capsys, "labels.vocabulary=utkface", "--json")

    assert report["accepted"] == 0
    assert yaml.safe_load(report["suggested_vocabulary"])["age"] == {"20-29": "20-29", "70+": "70+"}


def test_exit_status_1_if_no_row_is_left(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "l.csv").write_text(HEADER + "a.jpg,25,w,", encoding="utf-8")

    status, text = labels(folder, capsys)

    assert status == 1
    assert "warning: no rows left after the label rules" in text
    assert "gender 'w'" in " ".join(text.split())
