"""The last model of a cross-validation: all folds, a given number of epochs, no validation."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_transform as tft

from components.trainer import run_fn
from components.trainer.data.dataset import Faces
from components.trainer.data.job import TrainingJob
from components.trainer.data.split import split_by_subject
from components.trainer.models.spec import ModelSpec
from components.trainer.training.fit import fit
from components.trainer.training.refit import check_last_loss, read_choice, with_epochs
from schemas.artifact_files import WEIGHTS_FILE
from schemas.config.train import TrainConfig, TransferConfig
from schemas.errors import DataError
from schemas.training_record import SplitCounts
from tests.components.trainer.conftest import StoredFaces
from tests.components.trainer.small_faces import AGES, FOLDS, PARAMETERS, SIDE, record
from tests.components.trainer.test_run_fn import make_args

pytestmark = pytest.mark.tf

CHOICE = {"epochs": 2, "epochs_rule": "by hand", "best_epochs": {"fold_0": 1, "fold_1": 3}}
CONFIG = TrainConfig(
    model="cnn3", epochs=9, batch_size=4, learning_rate=0.01, patience=1, devices="cpu", augment=()
)
PAIR = (("age", 8), ("gender", 2))


def make_job(stored: StoredFaces, **settings: Any) -> TrainingJob:
    return TrainingJob(
        config=TrainConfig(**{**vars(CONFIG), **settings}),
        spec=ModelSpec(SIDE, PAIR, seed=PARAMETERS.seed),
        training=Faces(stored.files(*FOLDS), None),
        held_out=None,
        validation_share=0.2,
    )


def test_everybody_trains_where_nobody_is_held_out(stored: StoredFaces) -> None:
    split = split_by_subject(make_job(stored))

    assert split.training.subjects == frozenset(face.subject for face in stored.faces)
    assert split.counts == SplitCounts(40, 12, 0, 0)


def test_a_batch_larger_than_all_images_is_still_an_error(stored: StoredFaces) -> None:
    with pytest.raises(DataError, match=r"40 training images.*train\.batch_size=41"):
        split_by_subject(make_job(stored, batch_size=41))


@pytest.fixture(scope="module")
def exported(
    stored: StoredFaces, transform_output: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A model as TFX's Trainer makes it for the choice above."""
    folder = tmp_path_factory.mktemp("final")
    args = make_args(stored, transform_output, folder, held_out=None, train=CONFIG)
    args.train_files = [str(stored.folder / f"Split-{fold}" / "*") for fold in FOLDS]
    args.hyperparameters = CHOICE
    run_fn.run_fn(args)
    return folder / "Format-Serving"


def test_the_chosen_epochs_are_run_on_every_face_and_recorded(exported: Path) -> None:
    facts = json.loads((exported / "assets.extra" / "training.json").read_text(encoding="utf-8"))

    assert (facts["training_images"], facts["training_subjects"]) == (40, 12)
    assert facts["validation_images"] == 0
    assert facts["epochs_run"] == CHOICE["epochs"]  # Not 9, and no patience stops it.
    assert facts["best_epoch"] is None
    assert {name: facts[name] for name in CHOICE} == CHOICE
    assert not [name for name in facts["last"] if name.startswith("val_")]


def test_the_model_predicts_faces_of_every_fold(exported: Path, stored: StoredFaces) -> None:
    model = tf.saved_model.load(str(exported))

    found = model.signatures["serving_default"](
        tf.constant([record(face) for face in stored.faces])
    )

    assert found["age_probabilities"].shape == (40, len(AGES))
    np.testing.assert_allclose(found["gender_probabilities"].numpy().sum(axis=1), 1, atol=1e-5)


def test_the_same_seed_gives_the_same_weights_and_more_epochs_others(
    exported: Path, stored: StoredFaces, transform_output: Path, tmp_path: Path
) -> None:
    graph = tft.TFTransformOutput(str(transform_output))
    task = make_job(stored)._replace(config=with_epochs(CONFIG, 1))

    first, again = (fit(task, graph, str(tmp_path)).model for _ in range(2))

    kernel = first.get_weights()[0]
    np.testing.assert_allclose(kernel, again.get_weights()[0], atol=1e-5)
    first.load_weights(exported / WEIGHTS_FILE)
    assert np.abs(kernel - first.get_weights()[0]).max() > 1e-3  # That of two epochs.


def test_the_epochs_are_divided_over_both_phases() -> None:
    config = TrainConfig(epochs=4, transfer=TransferConfig(epochs=6, share=0.5))

    found = {
        epochs: (chosen.epochs, chosen.transfer.epochs)
        for epochs in (1, 4, 5, 10)
        for chosen in [with_epochs(config, epochs)]
    }

    assert found == {1: (1, 0), 4: (4, 0), 5: (4, 1), 10: (4, 6)}
    assert with_epochs(config, 5).transfer.share == 0.5
    # The base is frozen first also where no epoch is left for the second phase.
    assert with_epochs(config, 4).transfer.frozen
    assert not with_epochs(TrainConfig(), 4).transfer.frozen


@pytest.mark.parametrize("given", [None, {}, {"epochs": 0}, {"epochs": "3"}, {"values": {}}])
def test_a_training_of_all_folds_needs_a_number_of_epochs(given: dict[str, Any] | None) -> None:
    with pytest.raises(DataError, match="expected `epochs`, 1 or more"):
        read_choice(given)


def test_a_last_loss_that_is_not_a_number_is_an_error() -> None:
    check_last_loss(CONFIG, [math.nan, 1.0])
    with pytest.raises(DataError, match=r"not a number after 2 epochs.*train\.learning_rate"):
        check_last_loss(CONFIG, [1.0, math.nan])
