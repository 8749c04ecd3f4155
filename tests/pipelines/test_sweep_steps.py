"""Where the Tuner stands in the pipeline, and what makes it run again."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.cli import main
from pipelines.nodes import node_names
from pipelines.pipeline import create_pipeline
from pipelines.run_context import RunContext
from schemas.config.blocks import Config, DataConfig, EvaluateConfig, TuneConfig
from schemas.config.train import TrainConfig, TransferConfig

pytestmark = pytest.mark.tf

CONFIG = Config(
    "a",
    (DataConfig("adience", labels="/l", images="/i"),),
    train=TrainConfig(model="cnn3"),
    tune=TuneConfig(trials=2, learning_rate=(0.1, 0.01)),
)
CONTEXT = RunContext("/root", "/schema.pbtxt", "", (), ("fold_0", "fold_4"), ())


def nodes(config: Config) -> dict[str, Any]:
    return {node.id: node for node in create_pipeline(config, CONTEXT).components}


def tuner_settings(config: Config) -> Any:
    """What of a config the Tuner's cache key holds, beside its inputs."""
    return dict(nodes(config)["Tuner"].exec_properties)


def test_the_tuner_hands_its_best_values_to_the_trainer() -> None:
    found = nodes(CONFIG)

    handed = found["Trainer"].inputs["hyperparameters"]
    assert handed == found["Tuner"].outputs["best_hyperparameters"]
    assert set(found) == set(node_names(CONFIG))


def test_without_a_sweep_there_is_no_tuner() -> None:
    config = replace(CONFIG, tune=TuneConfig())
    found = nodes(config)

    assert "Tuner" not in node_names(config)
    assert set(found) == set(node_names(config))
    assert "hyperparameters" not in found["Trainer"].inputs


def test_the_held_out_fold_is_none_of_the_splits_that_trials_train_and_validate_on() -> None:
    settings = tuner_settings(CONFIG)

    assert json.loads(settings["train_args"])["splits"] == ["fold_0"]
    assert json.loads(settings["eval_args"])["splits"] == ["fold_0"]


CHANGES: dict[str, tuple[dict[str, Any], bool]] = {
    "tune": ({"tune": replace(CONFIG.tune, epochs=2)}, True),
    "trials": ({"tune": replace(CONFIG.tune, trials=1)}, True),
    "train": ({"train": replace(CONFIG.train, batch_size=8)}, True),
    "seed": ({"seed": 1}, True),
    "epochs_of_the_training": ({"train": replace(CONFIG.train, epochs=2)}, False),
    # A second phase freezes the base in the first, which is what trials are.
    "second_phase": ({"train": replace(CONFIG.train, transfer=TransferConfig(epochs=2))}, True),
    "evaluate": ({"evaluate": EvaluateConfig(min_images=9)}, False),
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_tuner_runs_again_for_what_its_trials_see_and_for_nothing_else(name: str) -> None:
    change, runs_again = CHANGES[name]

    again = tuner_settings(replace(CONFIG, **change))

    assert (again != tuner_settings(CONFIG)) == runs_again


def test_the_cluster_package_has_the_tuner_before_the_trainer(tmp_path: Path) -> None:
    path = tmp_path / "pipeline.yaml"
    words = ["tune.trials=2", "tune.learning_rate=[0.1,0.01]"]

    assert main(["kubeflow", "compile", "kubeflow", *words, "-o", str(path)]) == 0

    specification, _ = yaml.safe_load_all(path.read_text())
    tasks = specification["root"]["dag"]["tasks"]
    assert "tuner" in tasks["trainer"]["dependentTasks"]
    handed = tasks["trainer"]["inputs"]["artifacts"]["hyperparameters"]["taskOutputArtifact"]
    assert handed == {"producerTask": "tuner", "outputArtifactKey": "best_hyperparameters"}
