"""BiasReview on artifact folders: the reviewed model and the blessings that count."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tfx.dsl.io import fileio
from tfx.types import standard_artifacts

from components.bias_review.executor import Executor
from components.bias_review.run_info import ReviewProtocol
from schemas import parquet, prediction_table
from schemas.artifacts import ImageReport, LabelReport, ReviewPage
from schemas.blessing import bless, is_blessed
from schemas.config.blocks import Config, DataConfig, EvaluateConfig, FoldsConfig, ThresholdsConfig
from schemas.config.serialization import dump
from tests.training_records import CONTENT

pytestmark = pytest.mark.tf

Tables = Callable[..., pa.Table]
FOLDS = ("fold_0", "fold_1")
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


def inputs(root: Path, people: Tables, blessed: dict[str, bool], pushed: Any) -> dict[str, Any]:
    """The outputs of every split, and the reports."""
    channels = {"pushed": [pushed]}
    for number, (fold, verdict) in enumerate(blessed.items()):
        evaluation = artifact(standard_artifacts.ModelEvaluation, root / fold / "evaluation")
        table = people([(f"{fold}{n}", "mf"[n % 2], "4-6", 4, 3) for n in range(4)], fold=fold)
        with open(root / fold / "evaluation" / prediction_table.PREDICTIONS_FILE, "wb") as file:
            parquet.write_table(table, file, prediction_table.PREDICTIONS)
        blessing = artifact(standard_artifacts.ModelBlessing, root / fold / "blessing")
        bless(blessing, fileio, blessed=verdict)
        channels |= {
            f"evaluation_{number}": [evaluation],
            f"evaluator_blessing_{number}": [blessing],
            f"model_{number}": [model(root / fold / "model", best_epoch=3 + number)],
        }
    for key, kind in (("label_report", LabelReport), ("image_report", ImageReport)):
        report = {
            "rows": 3, "accepted": 3, "rejected": {}, "notes": ["a note"], "by_fold": {"fold_0": 3},
            "by_label": {"gender": {"m": {"fold_0": 3}, "f": {}}},
        }  # fmt: skip
        write_json(root / key / "report.json", report)
        channels[key] = [artifact(kind, root / key)]
    return channels


def run(root: Path, config: Config, given: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """(review.json, the blessing)."""
    outputs = {
        "page": [artifact(ReviewPage, root / "page")],
        "blessing": [artifact(standard_artifacts.ModelBlessing, root / "blessing")],
    }
    held_out = tuple((fold,) for fold in config.folds.held_out(FOLDS))
    protocol = ReviewProtocol(held_out, training=FOLDS, names_subjects=True)

    Executor().Do(given, outputs, {"config": dump(config), "protocol": dump(protocol)})

    review = json.loads((root / "page" / "review.json").read_text())
    return review, is_blessed(outputs["blessing"][0], fileio)


@pytest.mark.parametrize("refused", [None, *FOLDS])
def test_every_fold_s_evaluator_must_bless(
    refused: str | None, people: Tables, tmp_path: Path
) -> None:
    pushed = model(
        tmp_path / "pushed", training_images=200, validation_images=0, best_epoch=None,
        epochs_run=4, epochs_rule="by hand",
        epochs=4, best_epochs={"fold_0": 4}, last={"loss": 0.5},
    )  # fmt: skip
    config = Config(**{**vars(PLAIN), "folds": FoldsConfig(test="all")})
    verdicts = {fold: fold != refused for fold in FOLDS}

    review, blessed = run(tmp_path, config, inputs(tmp_path, people, verdicts, pushed))

    crossed = review["cross_validation"]
    assert blessed is review["blessed"] is (refused is None)
    assert [model["blessed"] for model in crossed["models"]] == list(verdicts.values())
    assert [model["best_epoch"] for model in crossed["models"]] == [3, 4]
    assert (crossed["pushed"]["images"], crossed["pushed"]["epochs"]) == (200, 4)
    assert review["overall"][0]["images"] == 32
    assert review["notes"] == ["a note"]
    assert review["warnings"][1] == "gender f: no accepted face; the model cannot learn this class"
    page = (tmp_path / "page" / "index.html").read_text(encoding="utf-8")
    assert "<li>Warning: gender f: no accepted face" in page


def test_a_single_model_has_a_note_with_its_best_epoch(people: Tables, tmp_path: Path) -> None:
    pushed = model(tmp_path / "pushed")
    config = Config(**{**vars(PLAIN), "folds": FoldsConfig(test=("fold_1",))})

    review, blessed = run(tmp_path, config, inputs(tmp_path, people, {"fold_1": True}, pushed))

    assert blessed
    assert review["cross_validation"] is None
    assert review["protocol"]["held_out_folds"] == ["fold_1"]
    assert "best epoch 3 of 5 chosen on 10 images" in review["notes"][1]
