"""A training in a process that is killed in mid-epoch, and the one that resumes it."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.components.trainer.conftest import StoredFaces
from tests.repository import environment

pytestmark = [pytest.mark.tf, pytest.mark.slow]


# Arguments: the folders of examples, graph and checkpoints, and `kill` or `resume`: from the
# checkpoint, once more when it is finished, and from start to end without a checkpoint.
TRIAL = """
import dataclasses
import json
import logging
import os
import signal
import sys
from pathlib import Path

import keras
import tensorflow_transform as tft

from components.trainer.training.checkpoint import CheckpointStore
from components.trainer.data.dataset import Faces
from components.trainer.training.fit import fit
from components.trainer.models.heads import softmax_heads
from components.trainer.models.seeding import seeded, seeded_dropout
from components.trainer.models.spec import ModelSpec
from components.trainer.models import cnn
from components.trainer.data.job import TrainingJob
from schemas.config.train import TrainConfig



def small(spec, published):
    # Quick, and with statistics and random states that must survive, too.
    image = keras.Input((spec.side, spec.side, 3), name="image")
    x = seeded(keras.layers.Conv2D(8, 3, strides=2, name="conv"), spec.seed)(image)
    x = keras.layers.BatchNormalization(momentum=0.5, name="bn")(x)
    x = seeded_dropout(0.3, spec.seed, name="dropout")(keras.layers.Flatten(name="flat")(x))
    return keras.Model(image, softmax_heads(x, spec))


cnn.build = small
examples, graph, folder, mode = sys.argv[1:]
CONFIG = TrainConfig(
    model="cnn3", epochs=5, batch_size=6, learning_rate=0.3, schedule="plateau",
    plateau_patience=1, patience=4, augment=("flip",), devices="cpu", deterministic=True,
)
task = TrainingJob(
    CONFIG,
    ModelSpec(16, (("age", 8), ("gender", 2)), seed=3),
    Faces(sorted(map(str, Path(examples).glob("Split-fold_[012]/*"))), None),
    Faces(sorted(map(str, Path(examples).glob("Split-fold_3/*"))), None),
    0.2,
)
began = []


class Watch(logging.Handler):
    def emit(self, record):
        progress = getattr(record, "progress", None)
        if progress is None:
            return
        epoch = int(progress.note.split()[1])
        if epoch not in began:
            began.append(epoch)
        elif epoch == 3 and mode == "kill":  # Its second step.
            os.kill(os.getpid(), signal.SIGKILL)


logging.getLogger("components").setLevel(logging.INFO)
logging.getLogger("components").addHandler(Watch())


def run(name, store):
    began.clear()
    fitted = fit(task, tft.TFTransformOutput(graph), os.path.join(folder, name), store)
    curves = Path(folder, name, "curves", "curves.csv").read_text()
    return fitted, list(began), curves


store = CheckpointStore(os.path.join(folder, "store"))
if mode == "kill":
    run("killed", store)
resumed, resumed_epochs, resumed_curves = run("resumed", store)
again, again_epochs, again_curves = run("again", store)
whole, whole_epochs, whole_curves = run("whole", None)


def gap(fitted):
    pairs = zip(fitted.model.get_weights(), whole.model.get_weights(), strict=True)
    return max(float(abs(a - b).max()) for a, b in pairs)


print(json.dumps({
    "epochs": [resumed_epochs, again_epochs, whole_epochs],
    "gaps": [gap(resumed), gap(again)],
    "moved": float(abs(whole.model.get_weights()[0]).max()),
    "curves": [resumed_curves, again_curves, whole_curves],
    "results": [dataclasses.asdict(fitted.result) for fitted in (resumed, whole)],
}))
"""

Trial = Callable[[str], subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Working folder of the processes."""
    return tmp_path_factory.mktemp("resumable")


@pytest.fixture(scope="module")
def measured(stored: StoredFaces, transform_output: Path, folder: Path) -> dict[str, Any]:
    """The measurements of the process that resumed after the first was killed."""

    def trial(mode: str) -> subprocess.CompletedProcess[str]:
        arguments = [str(stored.folder), str(transform_output), str(folder), mode]
        return subprocess.run(
            [sys.executable, "-c", TRIAL, *arguments],
            env=environment(),
            capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip

    killed = trial("kill")
    assert killed.returncode == -signal.SIGKILL, killed.stderr[-3000:]
    done = trial("resume")
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_a_training_killed_in_epoch_3_resumes_at_epoch_3(measured: dict[str, Any]) -> None:
    resumed, _, whole = measured["epochs"]

    assert resumed == [3, 4, 5]
    assert whole == [1, 2, 3, 4, 5]
    assert measured["results"][0]["resumed_after"] == 2
    assert measured["results"][1]["resumed_after"] is None


def test_deterministic_weights_equal_those_of_an_uninterrupted_training(
    measured: dict[str, Any],
) -> None:
    assert measured["moved"] > 0
    assert measured["gaps"] == [0.0, 0.0]


def test_the_curves_of_all_epochs_survive_with_the_best_one_and_the_plateaus(
    measured: dict[str, Any],
) -> None:
    resumed, _, whole = measured["curves"]
    header, *rows = [line.split(",") for line in whole.splitlines()]
    rates = [float(row[header.index("learning_rate")]) for row in rows]

    assert resumed == whole
    assert len(rows) == 5
    assert len(set(rates)) > 2  # Lowered before the kill and after it.
    first, second = ({**result, "resumed_after": 0} for result in measured["results"])
    assert first == second


def test_a_training_that_had_finished_runs_no_epoch_again(measured: dict[str, Any]) -> None:
    assert measured["epochs"][1] == []
    assert measured["curves"][1] == measured["curves"][2]


def test_tensorboard_shows_the_epochs_before_the_kill_too(
    measured: dict[str, Any], folder: Path
) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    assert measured["epochs"][0] == [3, 4, 5]
    for side in ("train", "validation"):
        events = EventAccumulator(str(folder / "resumed" / side)).Reload()
        tensors = events.Tensors("epoch_loss")
        assert sorted(event.step for event in tensors) == [0, 1, 2, 3, 4]
