"""EpochChoice's executor: training records of the folds' models to a number of epochs."""

import json
import logging
import os
from dataclasses import asdict
from typing import Any

from tfx.dsl.components.base.base_executor import BaseExecutor
from tfx.dsl.io import fileio
from tfx.types import artifact_utils
from tfx.utils import path_utils

from components.epoch_choice.choice import choose_epochs
from schemas import training_record
from schemas.artifact_files import TRAINING_RECORD_FILE
from schemas.artifacts import numbered
from schemas.errors import DataError

_log = logging.getLogger(__name__)

# Keys of the channels and the parameter.
MODEL = "model"  # One per fold: `model_0`...
FOLDS = "folds"  # The held-out fold of each model, a JSON list.
CHOICE = "hyperparameters"
CODE = "code"  # Hash of the sources behind this step.

_FILE = "hyperparameters.txt"  # The one file of the artifact, as TFX's Trainer reads it.


class Executor(BaseExecutor):
    """TFX calls `Do` with the models in `model_0`, `model_1`..."""

    def Do(  # noqa: N802 - TFX's name.
        self,
        input_dict: dict[str, list[Any]],
        output_dict: dict[str, list[Any]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Write the chosen epochs, a `ChosenEpochs` as JSON."""
        folds = json.loads(exec_properties[FOLDS])
        models = [
            artifact_utils.get_single_instance(input_dict[key])
            for key in numbered(MODEL, len(folds))
        ]
        best = {
            fold: _best_epoch(path_utils.serving_model_path(model.uri))
            for fold, model in zip(folds, models, strict=True)
        }
        chosen = choose_epochs(best)
        _log.info("%d epochs: %s, %s", chosen.epochs, chosen.epochs_rule, best)
        choice = artifact_utils.get_single_instance(output_dict[CHOICE])
        fileio.makedirs(choice.uri)
        with fileio.open(os.path.join(choice.uri, _FILE), "w") as file:
            file.write(json.dumps(asdict(chosen)))


def _best_epoch(model: str) -> int:
    """Best epoch of a fold's model.

    Raises:
      DataError: it was trained without validation.
    """
    with fileio.open(os.path.join(model, TRAINING_RECORD_FILE)) as file:
        epoch = training_record.load(file.read(), model).result.best_epoch
    if epoch is None:
        raise DataError(
            f"the model in {model} has no best epoch, expected a model trained with validation. "
            "Run it again with a held-out fold."
        )
    return epoch
