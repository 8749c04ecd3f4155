"""BiasReview on artifact folders: the reviewed model and its blessing."""

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tfx.dsl.io import fileio
from tfx.types import standard_artifacts

from components.bias_review.executor import Executor
from components.bias_review.run_info import ReviewProtocol
from components.example_gen.tfrecord import to_example, write_records
from schemas import parquet, prediction_table
from schemas.artifacts import ImageReport, LabelReport, Manifest, Rejects, ReviewPage
from schemas.config.blocks import Config, DataConfig, EvaluateConfig, FoldsConfig, ThresholdsConfig
from schemas.config.serialization import dump
from schemas.features import FEATURES
from schemas.release.blessing import is_blessed
from schemas.release.pushes import Push, append
from schemas.tables import MANIFEST, MANIFEST_FILE, REJECTS, REJECTS_FILE
from tests.components.bias_review.conftest import AGES
from tests.training_records import CONTENT

pytestmark = pytest.mark.tf

Tables = Callable[..., pa.Table]
FOLDS = ("fold_0", "fold_1")
ACCEPTED = {"gender": "f", "age": "4-6", "subject": "s", "fold": "fold_0"}
PICTURE = b"\x89PNG picture"
PLAIN = Config(
    "test",
    (DataConfig("adience", "l", "i"),),
    evaluate=EvaluateConfig(("gender",), 1, 1, ThresholdsConfig(0.0, 0.0)),
)


def artifact(kind: type, folder: Path) -> Any:
    made = kind()
    made.uri = str(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return made


def write_json(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def model(folder: Path, **changes: Any) -> Any:
    """A model and its training record."""
    path = folder / "Format-Serving" / "assets.extra" / "training.json"
    write_json(path, CONTENT | changes)
    return artifact(standard_artifacts.Model, folder)


def inputs(root: Path, people: Tables, folds: Sequence[str], pushed: Any) -> dict[str, Any]:
    """The outputs of every split, and the reports."""
    channels = {"pushed": [pushed]}
    for number, fold in enumerate(folds):
        evaluation = artifact(standard_artifacts.ModelEvaluation, root / fold / "evaluation")
        everyone = [(f"{fold}{n}{age}", "mf"[n], age, 4, 3) for n in range(2) for age in AGES]
        table = people(everyone, fold=fold)
        with open(root / fold / "evaluation" / prediction_table.PREDICTIONS_FILE, "wb") as file:
            parquet.write_table(table, file, prediction_table.PREDICTIONS)
        channels |= {
            f"evaluation_{number}": [evaluation],
            f"model_{number}": [model(root / fold / "model", best_epoch=3 + number)],
        }
    for key, kind in (("label_report", LabelReport), ("image_report", ImageReport)):
        report = {
            "rows": 3, "accepted": 3, "rejected": {}, "notes": ["a note"], "by_fold": {"fold_0": 3},
            "groups": {"gender": {"f": {"rows": 8, "rejected": 2}}}, "repaired": {"some_rule": 2},
        }  # fmt: skip
        write_json(root / key / "report.json", report)
        channels[key] = [artifact(kind, root / key)]
    channels["accepted"] = [artifact(Manifest, root / "accepted")]
    channels["image_rejects"] = [artifact(Rejects, root / "image_rejects")]
    write_rows(root, images=3, unreadable=1)
    channels["examples"] = [stored_faces(root / "examples", folds)]
    return channels


def write_rows(root: Path, images: int, unreadable: int) -> None:
    """Accepted rows, of which the last ones have images that cannot be read."""
    base = dict.fromkeys(REJECTS.names) | {"source": "s", "line": 1, **ACCEPTED}
    rows = [base | {"key": f"k{number}"} for number in range(images)]
    unusable = [
        row | {"reason": "image_unreadable", "stage": "images"}
        for row in rows[images - unreadable :]
    ]
    for folder, name, content, schema in (
        ("accepted", MANIFEST_FILE, rows, MANIFEST),
        ("image_rejects", REJECTS_FILE, unusable, REJECTS),
    ):
        with open(root / folder / name, "wb") as file:
            parquet.write_table(pa.Table.from_pylist(content, schema=schema), file, schema)


def stored_faces(folder: Path, folds: Sequence[str]) -> Any:
    """Examples with a picture of every face of `inputs`."""
    examples = artifact(standard_artifacts.Examples, folder)
    examples.split_names = json.dumps(list(folds))
    for fold in folds:
        keys = [
            f"{fold}{fold}{n}{age}/{'mf'[n]}/{age}/{image}"
            for n in range(2)
            for age in AGES
            for image in range(4)
        ]
        (folder / f"Split-{fold}").mkdir(parents=True)
        records = [
            to_example(dict.fromkeys(FEATURES) | {"key": key, "image": PICTURE}) for key in keys
        ]
        write_records(str(folder / f"Split-{fold}" / "faces-00000-of-00001.gz"), records)
    return examples


def run(root: Path, config: Config, given: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """(review.json, the blessing)."""
    outputs = {
        "page": [artifact(ReviewPage, root / "page")],
        "blessing": [artifact(standard_artifacts.ModelBlessing, root / "blessing")],
    }
    held_out = tuple((fold,) for fold in config.folds.held_out(FOLDS))
    protocol = ReviewProtocol(held_out, training=FOLDS, names_subjects=True)

    properties = {
        "config": dump(config), "protocol": dump(protocol), "data": "d", "code": "c",
        "directory": str(root / "serving"),
    }  # fmt: skip
    Executor().Do(given, outputs, properties)

    review = json.loads((root / "page" / "review.json").read_text())
    return review, is_blessed(outputs["blessing"][0], fileio)


def test_the_folds_are_reviewed_and_the_model_of_all_is_blessed(
    people: Tables, tmp_path: Path
) -> None:
    pushed = model(
        tmp_path / "pushed", training_images=200, validation_images=0, best_epoch=None,
        epochs_run=4, epochs_rule="by hand",
        epochs=4, best_epochs={"fold_0": 4}, last={"loss": 0.5},
    )  # fmt: skip
    config = Config(**{**vars(PLAIN), "folds": FoldsConfig(test="all")})

    review, blessed = run(tmp_path, config, inputs(tmp_path, people, FOLDS, pushed))

    crossed = review["cross_validation"]
    assert blessed
    assert review["verdict"] == "released"
    assert [model["best_epoch"] for model in crossed["models"]] == [3, 4]
    assert (crossed["pushed"]["images"], crossed["pushed"]["epochs"]) == (200, 4)
    assert review["overall"][0]["images"] == 128
    assert review["notes"] == ["a note"]
    # One image of three cannot be read.
    assert review["warnings"][1].startswith("age 4-6: 0 in training, expected")
    assert review["warnings"][2] == "age 8-12: no accepted face; the model cannot learn this class"
    page = (tmp_path / "page" / "index.html").read_text(encoding="utf-8")
    assert "<li>Warning: age 8-12: no accepted face" in page


def test_a_single_model_has_a_note_with_its_best_epoch(people: Tables, tmp_path: Path) -> None:
    pushed = model(tmp_path / "pushed")
    config = Config(**{**vars(PLAIN), "folds": FoldsConfig(test=("fold_1",))})

    review, blessed = run(tmp_path, config, inputs(tmp_path, people, ["fold_1"], pushed))

    assert blessed
    assert review["cross_validation"] is None
    assert review["protocol"]["held_out_folds"] == ["fold_1"]
    assert "best epoch 3 of 5 chosen on 10 images" in review["notes"][1]


def test_a_class_without_a_face_in_training_refuses_the_model(
    people: Tables, tmp_path: Path
) -> None:
    config = Config(**{**vars(PLAIN), "folds": FoldsConfig(test=("fold_1",))})
    trained_on = {"age": dict.fromkeys(AGES, 5) | {"48-53": 0}}
    pushed = model(
        tmp_path / "pushed", heads={"age": list(trained_on["age"])}, trained_on=trained_on
    )
    given = inputs(tmp_path, people, ["fold_1"], pushed)

    review, blessed = run(tmp_path, config, given)

    assert not blessed
    assert review["verdict"] == "refused"
    assert "No face of age 48-53 in training" in review["reasons"][0]


def test_the_page_counts_the_training_faces_and_names_what_was_reviewed(
    people: Tables, tmp_path: Path
) -> None:
    config = Config(**{**vars(PLAIN), "folds": FoldsConfig(test=("fold_1",))})

    review, _ = run(tmp_path, config, inputs(tmp_path, people, ["fold_1"], model(tmp_path / "p")))

    page = (tmp_path / "page" / "index.html").read_text(encoding="utf-8")
    assert "some rule 2" in page
    assert "Training data of each group" in page
    rows = re.findall(r'<th scope="row" class="name">Women</th>.*?</tr>', page, re.DOTALL)
    # Two images are stored; two rows of eight were rejected by their labels, one by its image.
    assert any(
        re.search("images.>2<.*subjects.>1<.*rejected.>37.5<", row, re.DOTALL) for row in rows
    )
    assert "not counted" in page  # Men have no row.
    assert review["protocol"]["model_hash"] in page
    assert "date" not in json.dumps(review["protocol"])


def test_the_last_pushed_model_is_compared(people: Tables, tmp_path: Path) -> None:
    thresholds = ThresholdsConfig(0.0, 0.0, change=0.9)
    evaluate = EvaluateConfig(("gender",), 1, 1, thresholds)
    folds = FoldsConfig(test=("fold_1",))
    config = Config(**{**vars(PLAIN), "folds": folds, "evaluate": evaluate})
    given = inputs(tmp_path, people, ["fold_1"], model(tmp_path / "pushed"))

    first, _ = run(tmp_path, config, given)
    classes = {"age": list(AGES)}
    push = Push("serving/1", "other", "2026-01-01T00:00:00+00:00", classes)
    faces = str(tmp_path / "page" / "faces.parquet")
    append(str(tmp_path / "serving"), push, faces, fileio)
    second, blessed = run(tmp_path, config, given)

    assert "no model was pushed before" in str(first["checks"])
    assert (first["compared_with"], second["compared_with"]) == (None, "other")
    assert [change["worse_by"] for change in second["changes"]] == [0.0, 0.0, 0.0]
    assert second["changes"][0]["faces"] == 64
    assert blessed


def test_errors_are_shown_only_if_asked_for(people: Tables, tmp_path: Path) -> None:
    pictures = {}
    for number in (0, 2):
        evaluate = EvaluateConfig(("gender",), 1, 1, ThresholdsConfig(0.0, 0.0), examples=number)
        folds = FoldsConfig(test=("fold_1",))
        config = Config(**{**vars(PLAIN), "folds": folds, "evaluate": evaluate})
        root = tmp_path / str(number)
        run(root, config, inputs(root, people, ["fold_1"], model(root / "pushed")))
        pictures[number] = (root / "page" / "index.html").read_text().count("<img")

    assert pictures == {0: 0, 2: 4}  # Two of each gender.
