"""A real sweep by TFX's Tuner: its trials, their store, and the Trainer's hyperparameters."""

import csv
import json
import logging
import signal
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import keras
import keras_tuner
import pytest
import tensorflow_transform as tft
from google.protobuf import json_format
from tfx.components.util import examples_utils
from tfx.dsl.components.base import base_executor
from tfx.proto import example_gen_pb2, trainer_pb2
from tfx.types import artifact_utils, standard_artifacts
from tfx.utils import json_utils

from components.example_gen.tfrecord import to_example, write_records
from components.trainer import run_fn
from components.trainer.data.job import TrainingJob, make_job
from components.trainer.models import builders
from components.trainer.tuning import tuner_fn
from components.trainer.tuning.component import Executor
from components.trainer.tuning.trial_store import TrialStore
from schemas.config.blocks import TuneConfig
from schemas.config.train import TrainConfig
from schemas.errors import DataError, DivergedError
from schemas.features import FEATURES
from schemas.sweep import TrialResult, Values, with_values
from tests.components.trainer.conftest import StoredFaces
from tests.components.trainer.small_faces import PARAMETERS

pytestmark = pytest.mark.tf

TRAINING = ("fold_0", "fold_1", "fold_2")
# float16 overflows at 65,504: the second rate takes every trial beyond it with its first step.
TRAIN = TrainConfig(model="cnn3", epochs=1, batch_size=4, devices="cpu", precision="mixed_float16")
TUNE = TuneConfig(trials=3, epochs=1, learning_rate=(0.001, 10.0, 0.003))
SWEEP = replace(PARAMETERS, train=TRAIN, tune=TUNE)


class Step(NamedTuple):
    """One execution of the Tuner, as TFX calls it."""

    inputs: dict[str, list[Any]]
    outputs: dict[str, list[Any]]
    properties: dict[str, Any]
    temporary: Path

    def run(self) -> None:
        """Execute it."""
        context = base_executor.BaseExecutor.Context(
            tmp_dir=str(self.temporary), unique_id="1", executor_output_uri=str(self.temporary)
        )
        Executor(context).Do(self.inputs, self.outputs, self.properties)

    def json(self, key: str, name: str) -> Any:
        """One file that it wrote."""
        return json.loads((Path(self.outputs[key][0].uri) / name).read_text())

    def rows(self) -> list[dict[str, str]]:
        """The table."""
        with (Path(self.outputs["tuner_results"][0].uri) / "trials.csv").open() as file:
            return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def examples(stored: StoredFaces, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stored faces; of the held-out fold only the identities."""
    folder = tmp_path_factory.mktemp("blinded")
    for fold in TRAINING:
        (folder / f"Split-{fold}").symlink_to(stored.folder / f"Split-{fold}")
    nothing = dict.fromkeys(FEATURES)
    people = [
        to_example({**nothing, "subject": face.subject, "photographer": face.photographer})
        for face in stored.faces
        if face.fold == "fold_3"
    ]
    write_records(str(folder / "Split-fold_3" / "faces-00000-of-00001.gz"), people)
    return folder


def make_step(examples: Path, graph: Path, folder: Path, **changes: Any) -> Step:
    faces = standard_artifacts.Examples()
    faces.uri = str(examples)
    faces.split_names = artifact_utils.encode_split_names([*TRAINING, "fold_3"])
    examples_utils.set_payload_format(faces, example_gen_pb2.PayloadFormat.FORMAT_TF_EXAMPLE)
    transform = standard_artifacts.TransformGraph()
    transform.uri = str(graph)
    best, results = standard_artifacts.HyperParameters(), standard_artifacts.TunerResults()
    best.uri, results.uri = str(folder / "best"), str(folder / "results")
    parameters = replace(SWEEP, **{"checkpoints": str(folder / "kept"), **changes})
    splits = json_format.MessageToJson(trainer_pb2.TrainArgs(splits=TRAINING))
    return Step(
        {"examples": [faces], "transform_graph": [transform]},
        {"best_hyperparameters": [best], "tuner_results": [results]},
        {
            "tuner_fn": "components.trainer.tuning.tuner_fn.tuner_fn",
            "train_args": splits,
            "eval_args": splits,
            "custom_config": json_utils.dumps(parameters.to_custom_config()),
        },
        folder / "temporary",
    )


class Notes(logging.Handler):
    """Records the trials that report progress, and interrupts the named one."""

    def __init__(self, interrupted: str = "") -> None:
        super().__init__()
        self.trials: list[str] = []
        self._interrupted = interrupted

    def emit(self, record: logging.LogRecord) -> None:
        """Called by logging."""
        if progress := getattr(record, "progress", None):
            self.trials.append(progress.note.partition(",")[0].strip("("))
            if self.trials[-1] == self._interrupted:
                signal.raise_signal(signal.SIGINT)

    def __enter__(self) -> "Notes":
        logger = logging.getLogger("components")
        logger.setLevel(logging.INFO)
        logger.addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger("components").removeHandler(self)


class Swept(NamedTuple):
    """A sweep that was interrupted in its second trial, and then run again."""

    step: Step
    kept: dict[str, Any]  # What the first run left, by file name.
    again: set[str]  # The trials that trained in the second run.


@pytest.fixture(scope="module")
def swept(
    examples: Path, transform_output: Path, tmp_path_factory: pytest.TempPathFactory
) -> Swept:
    folder = tmp_path_factory.mktemp("tuner")
    step = make_step(examples, transform_output, folder)
    with Notes(interrupted="trial 2 of 3"), pytest.raises(KeyboardInterrupt):
        step.run()
    kept = {path.name: json.loads(path.read_text()) for path in folder.glob("kept/*/*")}
    with Notes() as notes:
        step.run()
    return Swept(step, kept, set(notes.trials))


def test_an_interrupted_sweep_resumes_after_its_finished_trials(swept: Swept) -> None:
    first = next(row for row in swept.step.rows() if row["trial"] == "1")

    assert list(swept.kept) == ["trial-1.json"]
    assert swept.again == {"trial 2 of 3", "trial 3 of 3"}
    assert float(first["seconds"]) == pytest.approx(swept.kept["trial-1.json"]["seconds"], abs=0.06)


def test_a_finished_sweep_leaves_no_trials(swept: Swept) -> None:
    results = Path(swept.step.outputs["tuner_results"][0].uri)

    assert not list(results.parent.glob("kept/*"))


def test_the_table_ranks_trials_by_loss_and_has_the_reason_of_a_failure(swept: Swept) -> None:
    rows = swept.step.rows()
    losses = [float(row["validation_loss"]) for row in rows[:2]]

    assert [row["rank"] for row in rows] == ["1", "2", ""]
    assert losses == sorted(losses)
    assert {row["trial"]: row["learning_rate"] for row in rows} == {
        "1": "0.001", "2": "10.0", "3": "0.003",
    }  # fmt: skip
    assert rows[2]["trial"] == "2"
    assert "validation loss was not a number" in rows[2]["failure"]
    assert all(0 <= float(row["val_gender_accuracy"]) <= 1 for row in rows[:2])
    # 3x3 convolutions to 16, 32 and 64 channels, pooled from 16 to 2 pixels; dense 128; 8 + 2.
    convolutions = (9 * 3 + 1) * 16 + (9 * 16 + 1) * 32 + (9 * 32 + 1) * 64
    dense = (2 * 2 * 64 + 1) * 128 + (128 + 1) * (8 + 2)
    assert {row["parameters"] for row in rows[:2]} == {str(convolutions + dense)}


def test_the_trainer_gets_the_values_of_the_best_trial(swept: Swept) -> None:
    best = swept.step.json("best_hyperparameters", "best_hyperparameters.txt")
    reported = swept.step.json("tuner_results", "tuner_results.json")

    assert best["values"] == {"learning_rate": float(swept.step.rows()[0]["learning_rate"])}
    assert [trial["learning_rate"] for trial in reported] == [
        float(row["learning_rate"]) for row in swept.step.rows()[:2]
    ]


def test_the_trainer_repeats_the_best_trial_on_the_same_people(
    swept: Swept, examples: Path, transform_output: Path, tmp_path: Path
) -> None:
    best = swept.step.json("best_hyperparameters", "best_hyperparameters.txt")
    args = SimpleNamespace(
        train_files=[str(examples / f"Split-{fold}" / "*") for fold in TRAINING],
        transform_output=str(transform_output),
        serving_model_dir=str(tmp_path / "Format-Serving"),
        model_run_dir=str(tmp_path / "run"),
        hyperparameters=best,
        custom_config=replace(SWEEP, checkpoints=str(tmp_path / "kept")).to_custom_config(),
    )

    run_fn.run_fn(args)

    path = tmp_path / "Format-Serving" / "assets.extra" / "training.json"
    facts = json.loads(path.read_text())
    loss = float(swept.step.rows()[0]["validation_loss"])
    assert facts["best"]["val_loss"] == pytest.approx(loss, rel=1e-2)  # float16.
    assert facts["sweep"] == {"trials": 3, "values": best["values"]}


def test_each_trial_has_its_own_values_and_an_error_follows_if_all_fail(
    transform_output: Path, tmp_path: Path
) -> None:
    store = TrialStore(str(tmp_path / "kept"))
    plan = [{"learning_rate": 10.0, "units": units} for units in (8, 16, 32)]
    store.write(TrialResult(1, plan[0], 1.0, failure="diverged, as before."))
    made = []

    def make_trial(values: Values) -> TrainingJob:
        made.append(values)
        raise DivergedError("diverged.")

    graph = tft.TFTransformOutput(str(transform_output))
    sweep = tuner_fn.Sweep(make_trial, graph, plan, store, str(tmp_path))

    with pytest.raises(
        DataError, match=r"all 3 trials.*rate 10\.0, units 8, diverged, as before\. Try"
    ):
        sweep.search()

    assert made == plan[1:]
    assert store.read(1) is None


def test_units_and_layers_of_a_trial_reach_the_model_that_it_trains(examples: Path) -> None:
    config = with_values(TRAIN, {"units": 8, "layers": 3, "dropout": 0.5})

    job = make_job(SWEEP, config, [str(examples / f"Split-{fold}" / "*") for fold in TRAINING])

    # 3x3 convolutions to 16, 32 and 64 channels, pooled from 16 to 2 pixels; 8, 8, 8; 8 + 2.
    convolutions = (9 * 3 + 1) * 16 + (9 * 16 + 1) * 32 + (9 * 32 + 1) * 64
    dense = (2 * 2 * 64 + 1) * 8 + 2 * (8 + 1) * 8 + (8 + 1) * (8 + 2)
    model = builders.build(job.config.model, job.spec)
    assert model.count_params() == convolutions + dense
    rates = [layer.rate for layer in model.layers if isinstance(layer, keras.layers.Dropout)]
    assert rates == [0.5, 0.5, 0.5]


def test_a_leak_ends_the_sweep_at_its_first_trial(
    examples: Path, transform_output: Path, tmp_path: Path
) -> None:
    step = make_step(examples, transform_output, tmp_path, held_out=("fold_2",))

    with pytest.raises(keras_tuner.errors.FatalError, match=r"leak") as caught:
        step.run()

    assert isinstance(caught.value.__cause__, DataError)


def test_stored_trials_are_read_back_equal_until_they_are_cleared(tmp_path: Path) -> None:
    store = TrialStore(str(tmp_path / "not" / "there"))
    result = TrialResult(2, {"units": 64, "dropout": 0.5}, 1.5, 0.25, {"val_accuracy": 1.0}, 3, 7)
    assert store.read(2) is None

    store.write(result)

    assert store.read(2) == result
    assert store.read(1) is None
    store.clear()
    store.clear()
    assert store.read(2) is None
