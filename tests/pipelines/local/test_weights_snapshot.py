"""The model of `train.start_from`: found, checked and copied."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py  # type: ignore[import-untyped]
import pytest

from pipelines.local.run_folder.layout import RunFolder
from pipelines.local.weights_snapshot import check_start_from, find_model, snapshot_weights
from schemas.config.blocks import Config, DataConfig, FoldsConfig
from schemas.config.train import TrainConfig
from schemas.errors import ConfigError
from schemas.labels.classes import class_names
from tests.training_records import CONTENT

RECORD: dict[str, Any] = CONTENT | {
    "model": "xception",
    "heads": {"age": list(class_names("age", "adience8"))},
    "units": [],
}
FOLDS = ("fold_0", "fold_1", "fold_4")
CONFIG = Config("crops", (DataConfig("adience", "l", "i"),))


def write_model(folder: Path, **changes: Any) -> Path:
    """A model's folder, as far as a start looks at it."""
    extra = folder / "assets.extra"
    extra.mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"graph")
    (extra / "training.json").write_text(json.dumps(RECORD | changes))
    with h5py.File(extra / "model.weights.h5", "w") as file:
        file["layers/dense/vars/0"] = [1.0, 2.0]
    return folder


def write_run(folder: Path, *nodes: str) -> list[Path]:
    """A run folder whose last whole run had these Trainers; their models."""
    models = [
        write_model(folder / "artifacts" / node / "model" / str(number) / "Format-Serving")
        for number, node in enumerate(nodes, start=9)
    ]
    (folder / "artifacts/Trainer/model/3/Format-Serving").mkdir(parents=True)  # Of an older run.
    used = [model.parent.relative_to(folder).as_posix() for model in models]
    used += ["artifacts/Trainer/model_run/9", "artifacts/Pusher/pushed/12"]
    (folder / "run.json").write_text(json.dumps({"artifacts": used, "blessed_artifacts": []}))
    return models


def start(name: Path | str, config: Config = CONFIG) -> Config:
    return replace(config, train=TrainConfig(start_from=str(name)))


def test_a_run_gives_the_model_of_its_last_whole_run(tmp_path: Path) -> None:
    (model,) = write_run(tmp_path / "whole", "Trainer")

    assert find_model(str(tmp_path / "whole")) == model
    assert find_model(str(model)) == model


def test_a_good_start_passes_and_none_is_none(tmp_path: Path) -> None:
    write_run(tmp_path / "whole", "Trainer")

    check_start_from(start(tmp_path / "whole"), FOLDS, tmp_path / "crops")
    check_start_from(CONFIG, FOLDS, tmp_path / "crops")


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("nowhere", "nowhere', expected a folder. Set train.start_from to the folder of an earl"),
        ("empty", "holds neither a model .saved_model.pb. nor a run that went through .run.json."),
        ("untrained", r"whose last run has no model .run\.json."),
        ("damaged", r"run\.json is damaged"),
        ("pruned", r"Format-Serving has no assets\.extra/model\.weights\.h5: .* Run the earlier"),
        ("cut", r"model\.weights\.h5' is no whole file of Keras weights"),
        ("other", "has model 'cnn3', this run model 'xception'"),
        ("older", "train.start_from: the training record of .*older.* of another type: seen"),
        ("leak", "leak: .*holds out fold_4"),
    ],
)
def test_an_unusable_model_is_an_error(tmp_path: Path, place: str, message: str) -> None:
    (tmp_path / "empty").mkdir()
    write_run(tmp_path / "untrained")
    write_run(tmp_path / "damaged")
    (tmp_path / "damaged/run.json").write_text("{")
    shutil.rmtree(write_run(tmp_path / "pruned", "Trainer")[0])
    weights = write_model(tmp_path / "cut") / "assets.extra/model.weights.h5"
    weights.write_bytes(weights.read_bytes()[:100])
    write_model(tmp_path / "other", model="cnn3")
    write_model(tmp_path / "older", seen=None)
    origin = {"dataset": "adience", "people": "adience", "cut": "adience"}
    seen = [{**origin, "folds": ["fold_3", "fold_4"]}]
    write_model(tmp_path / "leak", seen=seen)

    with pytest.raises(ConfigError, match=message):
        check_start_from(start(tmp_path / place), FOLDS, tmp_path / "crops")


def test_a_cross_validation_gives_the_model_of_all_folds_and_each_fold_s_by_its_folder(
    tmp_path: Path,
) -> None:
    of_fold, last = write_run(tmp_path / "cross", "Trainer_fold_4", "Trainer")

    assert find_model(str(tmp_path / "cross")) == last
    assert find_model(str(of_fold)) == of_fold


def test_a_cross_validation_holds_out_what_any_earlier_model_saw(tmp_path: Path) -> None:
    write_run(tmp_path / "whole", "Trainer")
    crossed = replace(CONFIG, folds=FoldsConfig(test="all"))

    with pytest.raises(ConfigError, match=r"leak: .* this run holds out fold_0, fold_1:"):
        check_start_from(start(tmp_path / "whole", crossed), FOLDS, tmp_path / "crops")


def test_a_run_does_not_start_from_itself(tmp_path: Path) -> None:
    write_run(tmp_path / "crops", "Trainer")
    write_model(tmp_path / "crops/serving_model/1")
    (tmp_path / "link").symlink_to(tmp_path / "crops")

    for name in ("crops", "link", "crops/serving_model/1"):
        with pytest.raises(ConfigError, match="this run's own folder"):
            check_start_from(start(tmp_path / name), FOLDS, tmp_path / "crops")


def test_the_kept_copy_is_named_by_content_and_outlives_the_earlier_run(tmp_path: Path) -> None:
    (model,) = write_run(tmp_path / "whole", "Trainer")
    twin = write_model(tmp_path / "twin")
    changed = write_model(tmp_path / "changed")
    with h5py.File(changed / "assets.extra/model.weights.h5", "w") as file:
        file["layers/dense/vars/0"] = [1.0, 3.0]
    content = (model / "assets.extra/model.weights.h5").read_bytes()
    folder = RunFolder(tmp_path / "crops")

    kept = snapshot_weights(start(tmp_path / "whole"), folder)
    places = {snapshot_weights(start(tmp_path / name), folder) for name in ("twin", "changed")}
    shutil.rmtree(tmp_path / "whole")

    assert kept == snapshot_weights(start(twin), folder)
    assert len(places) == 2
    assert not Path(kept).is_absolute()
    assert (folder.path / kept / "assets.extra/model.weights.h5").read_bytes() == content
    record = json.loads((folder.path / kept / "assets.extra/training.json").read_text())
    assert record == RECORD


def test_no_start_keeps_nothing(tmp_path: Path) -> None:
    assert snapshot_weights(CONFIG, RunFolder(tmp_path / "crops")) == ""
    assert not (tmp_path / "crops").exists()
