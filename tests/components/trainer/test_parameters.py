"""The parameters cross TFX's custom config unchanged."""

import json
from dataclasses import replace

import pytest
from pydantic import ValidationError

from components.trainer.parameters import TrainerParameters
from schemas.config.blocks import ImagesConfig, TuneConfig
from schemas.config.train import NetConfig, TrainConfig
from schemas.training_record import DataOrigin

PARAMETERS = TrainerParameters(
    train=TrainConfig(model="mlp", net=NetConfig(units=(8, 4), dropout=0.5), devices=(0, 1)),
    seed=3,
    images=ImagesConfig(side=32),
    target="age_gender",
    classes="adience8",
    validation_share=0.1,
    held_out=("fold_4",),
    origins=(DataOrigin("adience", "adience", "adience"),),
    start_folder="",
    checkpoints="gs://bucket/unfinished",
    weights_hash="abc",
    code="def",
)


@pytest.mark.parametrize(
    "parameters",
    [
        PARAMETERS,
        replace(PARAMETERS, held_out=None),
        replace(PARAMETERS, tune=TuneConfig(trials=2, learning_rate=(0.1, 0.01))),
    ],
    ids=["held out", "all folds", "sweep"],
)
def test_parameters_are_read_as_they_were_written(parameters: TrainerParameters) -> None:
    custom_config = json.loads(json.dumps(parameters.to_custom_config()))  # As TFX stores it.

    assert TrainerParameters.from_custom_config(custom_config) == parameters


def test_a_missing_parameter_is_an_error_that_names_it() -> None:
    [(key, text)] = PARAMETERS.to_custom_config().items()
    content = json.loads(text)
    del content["held_out"]

    with pytest.raises(ValidationError, match="held_out"):
        TrainerParameters.from_custom_config({key: json.dumps(content)})
