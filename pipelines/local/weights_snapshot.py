"""The earlier model that `train.start_from` means: found, checked and kept before a run."""

import hashlib
import os
import shutil
from pathlib import Path
from typing import Any

from components.trainer.initial_weights import warm_start
from components.trainer.initial_weights.imagenet import count_weights
from pipelines.local.run_folder.layout import RunFolder, read_record
from schemas.artifact_files import FACTS_FILE, WEIGHTS_FILE
from schemas.config.blocks import Config
from schemas.errors import ConfigError
from schemas.labels.classes import class_names

_MODEL = "saved_model.pb"
_MODELS = "Trainer/model/*"  # The artifact of a run's model; of a cross-validation the last one.
_SERVING = "Format-Serving"  # TFX's folder of the SavedModel inside a Trainer's artifact.
_FIX = (
    "Set train.start_from to the folder of an earlier run, such as runs/whole, or of a model, such "
    "as runs/whole/serving_model/1."
)


def check_start_from(config: Config, folds: tuple[str, ...], run_folder: Path) -> None:
    """The earlier model is there, fits this run, and knows nobody whom this run holds out.

    Args:
      config: of this run.
      folds: all folds of its data; a cross-validation holds out each of them in turn.
      run_folder: where this run will be.

    Raises:
      ConfigError: with the mend.
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
    heads = {head: class_names(head, config.labels.classes) for head, _ in config.heads}
    warm_start.check_start(
        _facts(model),
        warm_start.describe(config.train, config.images.side, heads),
        [warm_start.source_of(data) for data in config.data],
        config.folds.held_out(folds),
        name,
    )


def find_model(name: str) -> Path:
    """The folder of the SavedModel: `name` itself, or that of the last whole run in it.

    It is taken blessed or not: a start is judged by what comes of it. Of a cross-validation it is
    the model of all folds, from which no fold can be held out; each fold's has a folder, too.

    Raises:
      ConfigError: there is none, or it lacks what a start needs.
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
    for file in (WEIGHTS_FILE, FACTS_FILE):
        if not (model / file).is_file():
            raise ConfigError(
                f"train.start_from: the model {model} has no {file}: it was made by an older "
                "version, or removed. Run the earlier run again."
            )
    return model


def _facts(model: Path) -> dict[str, Any]:
    return read_record(model / FACTS_FILE, "model")


def snapshot_weights(config: Config, folder: RunFolder) -> str:
    """Keep the earlier model's weights and facts in the run folder, under their hash.

    So TFX's cache sees their content, and a later change or loss of the earlier run does no harm.

    Returns:
      The folder, relative to the run folder; empty where nothing is started from.
    """
    if config.train.start_from is None:
        return ""
    model = find_model(config.train.start_from)
    digest = hashlib.sha256()
    for file in (WEIGHTS_FILE, FACTS_FILE):
        digest.update((model / file).read_bytes())
    kept = folder.inputs / digest.hexdigest()[:16]
    for file in (WEIGHTS_FILE, FACTS_FILE):
        _keep(model / file, kept / file)
    return kept.relative_to(folder.path).as_posix()


def _keep(source: Path, target: Path) -> None:
    """A second name of a file that is never changed in place; a copy on another file system."""
    if target.is_file():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        os.link(source, unfinished)
    except OSError:
        shutil.copyfile(source, unfinished)
    os.replace(unfinished, target)
