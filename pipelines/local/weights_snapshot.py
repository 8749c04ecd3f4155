"""The model of `train.start_from`: found, checked and copied into the run folder."""

import hashlib
import os
import shutil
from pathlib import Path

from components.ingest.sources.registry import origin_of
from components.trainer.initial_weights import warm_start
from components.trainer.initial_weights.imagenet import count_weights
from pipelines.local.run_folder.layout import RunFolder
from schemas import training_record
from schemas.artifact_files import TRAINING_RECORD_FILE, WEIGHTS_FILE
from schemas.config.blocks import Config
from schemas.errors import ConfigError, DataError
from schemas.files import atomic_path
from schemas.labels.classes import class_names
from schemas.training_record import TrainingRecord

_MODEL = "saved_model.pb"
_MODELS = "Trainer/model/*"  # The artifact of a run's model; of a cross-validation the last one.
_SERVING = "Format-Serving"  # TFX's folder of the SavedModel inside a Trainer's artifact.
_FIX = (
    "Set train.start_from to the folder of an earlier run, such as runs/whole, or of a model, such "
    "as runs/whole/serving_model/1."
)


def check_start_from(config: Config, folds: tuple[str, ...], run_folder: Path) -> None:
    """Check that the model exists, fits this run and was not trained on its held-out folds.

    `folds` are all folds of the data; a cross-validation holds out each of them.

    Raises:
      ConfigError: says how to fix the setting.
    """
    name = config.train.start_from
    if name is None:
        return
    model = find_model(name)
    if model.resolve().is_relative_to(run_folder.resolve()):
        raise ConfigError(
            f"train.start_from is {name!r}, whose model lies in this run's own folder: each run "
            "would start from the last and none could be repeated. Give this run another name or "
            "output."
        )
    count_weights(str(model / WEIGHTS_FILE), "train.start_from")
    heads = {head: class_names(head, config.labels.tables) for head, _ in config.heads}
    warm_start.check_start(
        _record(model),
        warm_start.describe(config.train, config.images.side, heads),
        [origin_of(data) for data in config.data],
        config.folds.held_out(folds),
        name,
    )


def find_model(name: str) -> Path:
    """The folder of the SavedModel: `name` itself, or that of the last whole run in it.

    Blessed or not: only the new run's results count. For a cross-validation it is the model of all
    folds, from which no fold can be held out; the folds' models can be named by their folders.

    Raises:
      ConfigError: there is no model, or it lacks weights or its training record.
    """
    folder = Path(name)
    if not folder.is_dir():
        raise ConfigError(f"train.start_from is {name!r}, expected a folder. {_FIX}")
    if (folder / _MODEL).is_file():
        return _with_weights(folder)
    state = RunFolder(folder).read_state()
    if state is None:
        raise ConfigError(
            f"train.start_from is {name!r}, which holds neither a model ({_MODEL}) nor a run that "
            f"went through (run.json). {_FIX}"
        )
    models = [folder / uri / _SERVING for uri in state["artifacts"] if Path(uri).match(_MODELS)]
    if not models:
        raise ConfigError(
            f"train.start_from is {name!r}, whose last run has no model (run.json). {_FIX}"
        )
    return _with_weights(models[0])


def _with_weights(model: Path) -> Path:
    for file in (WEIGHTS_FILE, TRAINING_RECORD_FILE):
        if not (model / file).is_file():
            raise ConfigError(
                f"train.start_from: the model {model} has no {file}: it was made by an older "
                "version, or removed. Run the earlier run again."
            )
    return model


def _record(model: Path) -> TrainingRecord:
    try:
        return training_record.load(
            (model / TRAINING_RECORD_FILE).read_text(encoding="utf-8"), str(model)
        )
    except DataError as error:
        raise ConfigError(f"train.start_from: {error}") from error


def snapshot_weights(config: Config, folder: RunFolder) -> str:
    """Copy the model's weights and training record into the run folder, named by their hash.

    TFX's cache then depends on their content, and the earlier run may change or go.

    Returns:
      The folder, relative to the run folder; empty without `train.start_from`.
    """
    if config.train.start_from is None:
        return ""
    model = find_model(config.train.start_from)
    digest = hashlib.sha256()
    for file in (WEIGHTS_FILE, TRAINING_RECORD_FILE):
        digest.update((model / file).read_bytes())
    snapshot = folder.inputs / digest.hexdigest()[:16]
    for file in (WEIGHTS_FILE, TRAINING_RECORD_FILE):
        _snapshot(model / file, snapshot / file)
    return snapshot.relative_to(folder.path).as_posix()


def _snapshot(source: Path, target: Path) -> None:
    """Hard-link a file that is never changed in place; copy it from another file system."""
    if target.is_file():
        return
    with atomic_path(target) as unfinished:
        try:
            os.link(source, unfinished)
        except OSError:
            shutil.copyfile(source, unfinished)
