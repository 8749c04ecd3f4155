"""EpochChoice on model folders: what it reads, and what TFX's Trainer will find."""

import json
from pathlib import Path

import pytest
from tfx.types import standard_artifacts
from tfx.types.channel import Channel

from components.epoch_choice.component import EpochChoice
from components.epoch_choice.executor import Executor
from schemas.errors import DataError
from schemas.training_record import dump
from tests.training_records import make_record

pytestmark = pytest.mark.tf


def model_of(folder: Path, best_epoch: int | None) -> standard_artifacts.Model:
    """A model artifact with its training record."""
    path = folder / "Format-Serving" / "assets.extra" / "training.json"
    path.parent.mkdir(parents=True)
    path.write_text(dump(make_record(best_epoch=best_epoch, last={"loss": 1.0})))
    artifact = standard_artifacts.Model()
    artifact.uri = str(folder)
    return artifact


def test_the_best_epochs_of_all_folds_give_one_file_for_the_trainer(tmp_path: Path) -> None:
    best = {"fold_0": 3, "fold_1": 11, "fold_2": 5}
    models = {
        f"model_{place}": [model_of(tmp_path / fold, epoch)]
        for place, (fold, epoch) in enumerate(best.items())
    }
    choice = standard_artifacts.HyperParameters()
    choice.uri = str(tmp_path / "choice")

    Executor().Do(models, {"hyperparameters": [choice]}, {"folds": json.dumps(list(best))})

    [file] = (tmp_path / "choice").iterdir()
    written = json.loads(file.read_text())
    assert written["epochs"] == 5
    assert written["best_epochs"] == best


def test_a_model_without_validation_has_no_best_epoch_to_choose_from(tmp_path: Path) -> None:
    models = {"model_0": [model_of(tmp_path / "fold_0", None)]}

    with pytest.raises(DataError, match="has no best epoch, expected a model trained with valid"):
        Executor().Do(models, {}, {"folds": json.dumps(["fold_0"])})


def test_the_component_takes_one_model_a_fold() -> None:
    channels = {fold: Channel(standard_artifacts.Model) for fold in ("test", "other")}

    component = EpochChoice(models=channels, code="c")

    assert list(component.inputs) == ["model_0", "model_1"]
    assert json.loads(component.exec_properties["folds"]) == ["test", "other"]
