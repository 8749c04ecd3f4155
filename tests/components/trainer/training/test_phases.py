"""Two phases: their trainable layers, the numbers of their epochs, and the best weights."""

import math
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_transform as tft

from components.trainer.data import dataset
from components.trainer.data.dataset import Faces
from components.trainer.data.job import TrainingJob
from components.trainer.data.split import split_by_subject
from components.trainer.models import builders
from components.trainer.models.spec import ModelSpec
from components.trainer.training.fit import Fitted, fit
from components.trainer.training.phases import freeze_base, plan_phases, unfreeze_end
from components.trainer.training.resume import ResumableTraining
from schemas.config.train import TrainConfig, TransferConfig
from schemas.training_record import PhaseRecord
from tests.components.trainer.conftest import StoredFaces
from tests.components.trainer.small_faces import SIDE

pytestmark = pytest.mark.tf

TRAINING = ("fold_0", "fold_1", "fold_2")


def test_without_a_second_phase_nothing_is_frozen() -> None:
    (phase,) = plan_phases(TrainConfig(epochs=7, learning_rate=0.1))
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, name="base_dense")])

    phase.prepare(model)

    assert (phase.first_epoch, phase.last_epoch, phase.rate) == (1, 7, 0.1)
    assert len(model.trainable_weights) == 2
    assert phase.settings(TrainConfig(epochs=7, learning_rate=0.1, warmup_epochs=2.0)) == (
        TrainConfig(epochs=7, learning_rate=0.1, warmup_epochs=2.0)
    )


def test_the_base_is_frozen_before_a_second_phase_or_by_config() -> None:
    for transfer in (TransferConfig(epochs=1), TransferConfig(frozen=True)):
        assert plan_phases(TrainConfig(transfer=transfer))[0].prepare is freeze_base


def test_the_second_phase_continues_the_epochs_at_its_own_rate_without_warm_up() -> None:
    transfer = TransferConfig(epochs=3, learning_rate=0.01)
    config = TrainConfig(epochs=7, learning_rate=0.1, warmup_epochs=2.0, transfer=transfer)

    first, second = plan_phases(config)

    assert (first.first_epoch, first.last_epoch) == (1, 7)
    assert (second.first_epoch, second.last_epoch) == (8, 10)
    settings = [phase.settings(config) for phase in (first, second)]
    assert [each.epochs for each in settings] == [7, 3]
    assert [each.learning_rate for each in settings] == [0.1, 0.01]
    assert [each.warmup_epochs for each in settings] == [2.0, 0.0]


@pytest.fixture(scope="module")
def tuned() -> keras.Model:
    return builders.build("inception_v3_tuned", ModelSpec(75, (("gender", 2),), seed=0))


@pytest.mark.parametrize(("share", "convolutions"), [(0.01, 1), (0.3, 29), (1.0, 94)])
def test_the_last_convolutions_of_the_base_are_unfrozen_and_no_normalisation(
    tuned: keras.Model, share: float, convolutions: int
) -> None:
    freeze_base(tuned)
    frozen = [weight.path for weight in tuned.trainable_weights]

    unfreeze_end(tuned, share)

    kinds = {layer.name: type(layer).__name__ for layer in tuned.layers if layer.trainable_weights}
    assert frozen == ["dense1_relu/kernel", "dense1_relu/bias", "gender/kernel", "gender/bias"]
    assert set(kinds) >= {"dense1_relu", "gender", "base_conv2d94"}
    assert sum(kind == "Conv2D" for kind in kinds.values()) == convolutions
    assert "BatchNormalization" not in kinds.values()
    assert ("base_conv2d1" in kinds) == (convolutions == 94)


@pytest.mark.parametrize("trainable", [False, True], ids=["second phase", "as published"])
def test_the_statistics_of_the_base_change_only_where_all_of_it_trains(
    tuned: keras.Model, *, trainable: bool
) -> None:
    unfreeze_end(tuned, 1.0)
    if trainable:
        for layer in tuned.layers:
            layer.trainable = True
    before = {weight.path: weight.numpy() for weight in tuned.non_trainable_weights}
    images = np.random.default_rng(0).uniform(-1, 1, (2, 75, 75, 3)).astype(np.float32)

    tuned(images, training=True)

    moved = [
        weight.path
        for weight in tuned.non_trainable_weights
        if not np.array_equal(before[weight.path], weight.numpy())
    ]
    assert len(moved) == (94 * 2 if trainable else 0)


def walk(losses: list[list[float]], patience: int = 2) -> tuple[float, list[int]]:
    """The kept weight of a model whose one weight is the epoch's number, and the epochs run."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    resumable = ResumableTraining(TrainConfig(patience=patience))
    resumable.set_model(model)
    model.compile("sgd", "mse")
    epoch = 0
    run: list[int] = []
    for phase in losses:
        epochs = range(epoch + 1, epoch + len(phase) + 1)
        assert resumable.start_phase(model, epochs.start, epochs[-1]) == epochs
        model.stop_training = False
        for loss in phase:
            epoch += 1
            if not model.stop_training:
                run.append(epoch)
                model.set_weights([np.array([[float(epoch)]])])
                resumable.on_epoch_end(epoch - 1, {"val_loss": loss})
    resumable.restore_best(model)
    return float(model.get_weights()[0].item()), run


@pytest.mark.parametrize(
    ("losses", "kept", "run"),
    [
        ([[3, 1, 2], [4, 5]], 2, [1, 2, 3, 4, 5]),
        ([[3, 1, 2], [2, 0.5]], 5, [1, 2, 3, 4, 5]),
        ([[1, 2, 3, 0], [4, 4, 0]], 1, [1, 2, 3, 5, 6]),
        ([[math.nan, 2, 3], [1]], 4, [1, 2, 3, 4]),
        ([[math.nan, 2], [3]], 2, [1, 2, 3]),
        ([[2, math.nan], [math.nan]], 1, [1, 2, 3]),
        ([[math.nan] * 5, [1]], 6, [1, 2, 6]),
    ],
    ids=["first", "second", "each has its patience", "nan", "nan once", "nan later", "all nan"],
)
def test_the_best_weights_of_both_phases_are_kept(
    losses: list[list[float]], kept: int, run: list[int]
) -> None:
    assert walk(losses) == (kept, run)


@pytest.fixture(scope="module")
def fitted(
    stored: StoredFaces, transform_output: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[TrainingJob, Fitted, Path]:
    """Two epochs that learn, then two at a rate that ruins everything."""
    config = TrainConfig(
        model="cnn3",
        epochs=2,
        batch_size=4,
        learning_rate=1e-3,
        schedule="constant",
        devices="cpu",
        augment=(),
        transfer=TransferConfig(epochs=2, learning_rate=10.0),
    )
    spec = ModelSpec(SIDE, (("age", 8), ("gender", 2)), seed=0)
    training, held_out = (Faces(stored.files(*folds), None) for folds in (TRAINING, ["fold_3"]))
    task = TrainingJob(config, spec, training, held_out, 0.2)
    logs = tmp_path_factory.mktemp("logs")
    return task, fit(task, tft.TFTransformOutput(str(transform_output)), str(logs)), logs


def test_fit_runs_both_phases_and_keeps_the_best_epoch_of_the_first(
    fitted: tuple[TrainingJob, Fitted, Path], transform_output: Path
) -> None:
    task, trained, _ = fitted
    graph = tft.TFTransformOutput(str(transform_output))
    faces = dataset.transformed(split_by_subject(task).validation, graph, task.heads)
    images, labels = next(faces.batch(100).as_numpy_iterator())

    found = trained.model.predict(images, verbose=0)

    rows = np.arange(len(images))
    loss = sum(-np.log(found[head][rows, labels[head]]).mean() for head in task.heads)
    assert (trained.result.best_epoch or 9) <= 2
    assert trained.result.epochs_run == 4
    assert loss == pytest.approx(trained.result.metrics["val_loss"], rel=1e-4)


def test_fit_records_its_phases(fitted: tuple[TrainingJob, Fitted, Path]) -> None:
    _, trained, _ = fitted

    assert trained.result.phases == tuple(
        PhaseRecord(2 * number + 1, 2 * number + 2, rate, trained.result.parameters)
        for number, rate in enumerate((1e-3, 10.0))
    )


def test_the_curves_continue_over_the_phases(fitted: tuple[TrainingJob, Fitted, Path]) -> None:
    steps = [
        event.step
        for file in sorted((fitted[2] / "validation").iterdir())
        for event in tf.compat.v1.train.summary_iterator(str(file))
        for value in event.summary.value
        if value.tag == "epoch_loss"
    ]

    assert steps == [0, 1, 2, 3]
