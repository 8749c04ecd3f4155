"""FairFace's layout: two label files beside the folders of their images."""

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from components.ingest.sources.registry import check_labels, fold_names, source_notes
from pipelines.cli import main
from pipelines.config.checks.fold_checks import check_folds
from pipelines.config.load import read_config
from schemas.config.blocks import Config, DataConfig
from schemas.errors import ConfigError
from tests.components.ingest.small_data import build_manifest, jpeg, write_image
from tests.repository import ROOT

HEADER = "file,age,gender,race,service_test\n"
# As in the published files, with the classes of `fairface9` and `fairface7`.
AGES = {
    "0-2": "0-2", "3-9": "3-9", "10-19": "10-19", "20-29": "20-29", "30-39": "30-39",
    "40-49": "40-49", "50-59": "50-59", "60-69": "60-69", "more than 70": "70-100",
}  # fmt: skip
RACES = {
    "White": "white", "Black": "black", "Latino_Hispanic": "latino_hispanic",
    "East Asian": "east_asian", "Southeast Asian": "southeast_asian", "Indian": "indian",
    "Middle Eastern": "middle_eastern",
}  # fmt: skip


def write_list(folder: Path, fold: str, *lines: str) -> None:
    folder.mkdir(exist_ok=True)
    text = HEADER + "".join(f"{line}\n" for line in lines)
    (folder / f"fairface_label_{fold}.csv").write_text(text, encoding="utf-8")


def rows_of(folder: Path) -> list[dict[str, Any]]:
    data = DataConfig("fairface", str(folder), str(folder))
    rows: list[dict[str, Any]] = build_manifest([data], ["f"], labels_only=True).to_pylist()
    return rows


@pytest.fixture
def drawn(tmp_path: Path) -> Path:
    """Every pair of age and race once in `train`, and three faces in `val`."""
    folder = tmp_path / "fairface"
    lines = [
        f"train/{number}.jpg,{age},{('Male', 'Female')[number % 2]},{race},{bool(number % 3)}"
        for number, (age, race) in enumerate(itertools.product(AGES, RACES), start=1)
    ]
    write_list(folder, "train", *lines)
    write_list(
        folder,
        "val",
        "val/1.jpg,3-9,Male,East Asian,False",
        "val/2.jpg,more than 70,Female,Black,True",
        "val/3.jpg,20-29,,White,True",
    )
    for fold, count in (("train", 63), ("val", 3)):
        for number in range(1, count + 1):
            write_image(folder, f"{fold}/{number}.jpg", jpeg(number + 100 * (fold == "val")))
    return folder


def test_the_shipped_config_reads_the_drawn_data_set(
    drawn: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(drawn.parent)

    status = main(["labels", "fairface", "labels.target=age_gender", "--json"])

    report = json.loads(capsys.readouterr().out)
    assert status == 0
    assert (report["rows"], report["accepted"]) == (66, 65)
    assert report["rejected"] == {"gender_missing": 1}
    assert report["by_fold"] == {"train": 63, "val": 2}
    assert list(report["table"]["m"]) == list(AGES.values())
    totals = {age: report["table"]["m"][age] + report["table"]["f"][age] for age in AGES.values()}
    assert totals == dict.fromkeys(AGES.values(), 7) | {"3-9": 8, "70-100": 8}
    races = {race: counts["rows"] for race, counts in report["groups"]["race"].items()}
    assert races == dict.fromkeys(RACES.values(), 9) | {"white": 10, "black": 10, "east_asian": 10}
    assert report["repaired"] == {}
    assert report["warnings"][0].startswith("age 0-2: 7 in training, 0 in val")


def test_race_is_a_target_of_seven_classes(
    drawn: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(drawn.parent)

    main(["labels", "fairface", "labels.target=race", "--labels-only", "--json"])

    by_label = json.loads(capsys.readouterr().out)["by_label"]
    assert {race: sum(folds.values()) for race, folds in by_label["race"].items()} == dict(
        zip(RACES.values(), (10, 10, 9, 10, 9, 9, 9), strict=True)
    )


def test_the_folds_are_those_of_the_files_and_val_can_be_held_out(drawn: Path) -> None:
    config = read_config(ROOT / "pipelines" / "configs" / "fairface.yaml", base=drawn.parent)

    assert fold_names(config.data) == ("train", "val")
    check_folds(config, ("train", "val"))
    assert config.heads == (("gender", 2),)
    assert "names no subjects" in source_notes(config.data, labels_only=True)[1]


def test_beside_another_data_set_val_is_a_part_of_train(drawn: Path) -> None:
    del drawn
    one = DataConfig("fairface", "l", "i")
    config = Config("a", (one, DataConfig("levi_hassner", "l", "i", splits="keep")))
    config = Config(**{**vars(config), "folds": type(config.folds)(test=("val",))})

    with pytest.raises(ConfigError, match="whose people the published lists share with train"):
        check_folds(config, ("test", "train", "val"))


def test_a_line_without_a_face_or_of_the_other_fold_is_malformed(tmp_path: Path) -> None:
    write_list(
        tmp_path, "train", "train/1.jpg,0-2,Male,White,True", "val/1.jpg,0-2,Male,White,True", "x,y"
    )

    good, other, broken = rows_of(tmp_path)

    assert (good["fault"], good["fold"], good["subject"]) == (None, "train", "train/1.jpg")
    assert (other["fault"], other["line"]) == ("malformed_line", 3)
    assert "'val/1.jpg' is an image of val among the labels of train" in other["detail"]
    assert (broken["fault"], broken["line"]) == ("malformed_line", 4)


@pytest.mark.parametrize(
    ("name", "header", "message"),
    [
        ("fairface_label_test.csv", HEADER, r"named neither fairface_label_train\.csv nor"),
        (
            "fairface_label_val.csv",
            "file,age,gender\n",
            r"data\.columns\.race is 'race', which occ",
        ),
        ("labels.csv", HEADER, r"no file matches .* expected label files such as fairface_label_"),
    ],
)
def test_files_of_another_layout_are_refused(
    tmp_path: Path, name: str, header: str, message: str
) -> None:
    (tmp_path / name).write_text(header, encoding="utf-8")

    with pytest.raises(ConfigError, match=message):
        check_labels([DataConfig("fairface", str(tmp_path), str(tmp_path))])
