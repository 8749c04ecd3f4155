"""run_fn, from records to a SavedModel."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from components.trainer import run_fn
from components.trainer.data.dataset import Faces, count_subjects
from components.trainer.data.split import validation_subjects
from components.trainer.models import builders
from components.trainer.models.spec import ModelSpec
from schemas.artifact_files import TRAINING_RECORD_FILE
from schemas.config.train import AugmentConfig, TrainConfig
from schemas.errors import ConfigError, DataError, DivergedError
from tests.components.trainer.conftest import StoredFaces
from tests.components.trainer.small_faces import AGES, PARAMETERS, SIDE, record

pytestmark = pytest.mark.tf

TRAINING = ("fold_0", "fold_1", "fold_2")
# Wild augmentations and drawn faces: what validates or is served must be none of them.
TRAIN = TrainConfig(
    model="cnn3",
    epochs=2,
    batch_size=4,
    learning_rate=0.01,
    devices="cpu",
    augment=("flip", "rotation", "shift", "shear", "zoom"),
    augment_ranges=AugmentConfig(rotation=180, shift=0.5, shear=60, zoom=0.9),
    sampling="balanced",
)


def make_args(stored: StoredFaces, transform_output: Path, folder: Path, **changes: Any) -> Any:
    """The arguments of TFX's Trainer that `run_fn` reads."""
    parameters = replace(
        PARAMETERS, **{"train": TRAIN, "checkpoints": str(folder / "unfinished"), **changes}
    )
    return SimpleNamespace(
        train_files=[str(stored.folder / f"Split-{fold}" / "*") for fold in TRAINING],
        transform_output=str(transform_output),
        serving_model_dir=str(folder / "Format-Serving"),
        model_run_dir=str(folder / "run"),
        hyperparameters=None,
        custom_config=parameters.to_custom_config(),
    )


def read_facts(model: Path) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((model / TRAINING_RECORD_FILE).read_text(encoding="utf-8"))
    return facts


@pytest.fixture(scope="module")
def exported(
    stored: StoredFaces, transform_output: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The model of a training that ran once, although it could be written at the second try only.

    So every test below holds for the model of a resumed training, too.
    """
    folder = tmp_path_factory.mktemp("trainer")
    args = make_args(stored, transform_output, folder)
    (folder / "file").write_text("")
    args.serving_model_dir = str(folder / "file" / "no folder")
    with pytest.raises(tf.errors.OpError):
        run_fn.run_fn(args)
    args.serving_model_dir = str(folder / "Format-Serving")
    run_fn.run_fn(args)
    return folder / "Format-Serving"


def test_run_fn_writes_the_training_record(exported: Path) -> None:
    facts = read_facts(exported)

    assert facts["training_images"] + facts["validation_images"] == 30
    assert facts["training_subjects"] + facts["validation_subjects"] == 9
    assert facts["epochs_run"] == 2
    assert facts["model"] == "cnn3"
    assert {
        head: sum(classes.values()) for head, classes in facts["trained_on"].items()
    } == dict.fromkeys(facts["heads"], facts["training_images"])
    assert {head: set(classes) for head, classes in facts["trained_on"].items()} == {
        head: set(names) for head, names in facts["heads"].items()
    }


def test_run_fn_leaves_the_curves_and_no_checkpoint(exported: Path) -> None:
    names = [path.name for path in (exported.parent / "run" / "curves").iterdir()]

    assert sorted(names) == ["curves.csv", "curves.png"]
    assert list((exported.parent / "unfinished").iterdir()) == []


def test_a_training_whose_model_could_not_be_written_is_not_lost(exported: Path) -> None:
    facts = read_facts(exported)

    assert facts["resumed_after"] == facts["epochs_run"] == 2


def test_a_diverged_training_is_not_resumed(
    stored: StoredFaces, transform_output: Path, tmp_path: Path
) -> None:
    # float16 overflows at 65,504: this rate takes the weights beyond it with the first step.
    train = replace(TRAIN, learning_rate=10.0, precision="mixed_float16", augment=())
    args = make_args(stored, transform_output, tmp_path, train=train)

    with pytest.raises(DivergedError, match=r"not a number.*train\.learning_rate"):
        run_fn.run_fn(args)

    assert list((tmp_path / "unfinished").iterdir()) == []


def test_a_cluster_is_an_error_before_anything_is_read(
    monkeypatch: pytest.MonkeyPatch, stored: StoredFaces, tmp_path: Path
) -> None:
    monkeypatch.setenv("TF_CONFIG", "{}")
    args = make_args(stored, tmp_path / "no graph", tmp_path)

    with pytest.raises(ConfigError, match="TF_CONFIG is set, expected none"):
        run_fn.run_fn(args)


def test_the_served_model_reaches_the_validation_loss_of_training(
    exported: Path, stored: StoredFaces
) -> None:
    facts = read_facts(exported)
    chosen = validation_subjects(count_subjects(Faces(stored.files(*TRAINING), None)), 0.2, seed=1)
    faces = [face for face in stored.faces if face.subject in chosen]
    labels = {
        "age": [AGES.index(face.age or "") for face in faces],
        "gender": ["mf".index(face.gender or "") for face in faces],
    }

    model = tf.saved_model.load(str(exported))
    found = model.signatures["serving_default"](tf.constant([record(face) for face in faces]))

    rows = np.arange(len(faces))
    loss = sum(
        -np.log(found[f"{head}_probabilities"].numpy()[rows, classes]).mean()
        for head, classes in labels.items()
    )
    assert len(faces) == facts["validation_images"]
    assert loss == pytest.approx(facts["best"]["val_loss"], rel=1e-4)


def test_a_held_out_fold_that_has_no_files_stops_training(
    stored: StoredFaces, transform_output: Path, tmp_path: Path
) -> None:
    args = make_args(stored, transform_output, tmp_path, held_out=("fold_9",))

    with pytest.raises(DataError, match="held-out folds show nobody"):
        run_fn.run_fn(args)

    assert not (tmp_path / "Format-Serving").exists()


def test_a_held_out_fold_among_the_training_folds_stops_training(
    stored: StoredFaces, transform_output: Path, tmp_path: Path
) -> None:
    args = make_args(stored, transform_output, tmp_path, held_out=("fold_2",))

    with pytest.raises(DataError, match=r"leak: \d subjects of the held-out.*fold_2-person"):
        run_fn.run_fn(args)


def test_a_model_with_ordered_heads_is_trained_and_served(
    stored: StoredFaces, transform_output: Path, tmp_path: Path
) -> None:
    train = TrainConfig(
        model="cnn3", epochs=1, batch_size=4, devices="cpu", ordinal="coral", optimizer="sgd",
        momentum=0.9, warmup_epochs=0.5, class_weights="balanced", precision="mixed_bfloat16",
    )  # fmt: skip
    args = make_args(stored, transform_output, tmp_path, train=train)

    run_fn.run_fn(args)

    facts = read_facts(tmp_path / "Format-Serving")
    assert {"val_age_one_off", "val_age_absolute_error", "age_absolute_error"} <= set(facts["best"])
    model = tf.saved_model.load(str(tmp_path / "Format-Serving"))
    found = model.signatures["serving_default"](tf.constant([record(stored.faces[0])]))
    chances = found["age_probabilities"].numpy()
    assert chances.dtype == np.float32
    assert chances.shape == (1, 8)
    assert (chances >= 0).all()
    assert chances.sum() == pytest.approx(1, abs=1e-5)


def test_the_record_has_what_a_later_warm_start_checks(exported: Path) -> None:
    facts = read_facts(exported)

    assert facts["side"] == SIDE
    assert facts["heads"] == {"age": list(AGES), "gender": ["m", "f"]}
    (seen,) = facts["seen"]
    assert seen.pop("folds") == list(TRAINING)
    assert seen == {"dataset": "adience", "people": "adience", "cut": "adience"}
    assert facts["started_from"] is None


def test_the_weights_beside_the_model_are_those_that_it_serves(
    exported: Path, stored: StoredFaces
) -> None:
    faces = stored.faces[:5]
    model = builders.build("cnn3", ModelSpec(SIDE, (("age", 8), ("gender", 2)), seed=99))

    model.load_weights(exported / "assets.extra" / "model.weights.h5")

    pixels = np.stack([face.pixels for face in faces]).astype(np.float32)
    found = model.predict(pixels / 127.5 - 1, verbose=0)
    served = tf.saved_model.load(str(exported)).signatures["serve_float"](tf.constant(pixels))
    for head in ("age", "gender"):
        np.testing.assert_allclose(served[f"{head}_probabilities"].numpy(), found[head], atol=1e-5)


def test_a_run_starts_from_the_earlier_weights_and_records_it(
    exported: Path, stored: StoredFaces, transform_output: Path, tmp_path: Path
) -> None:
    still = replace(TRAIN, epochs=1, learning_rate=1e-8, start_from="runs/whole", augment=())
    args = make_args(
        stored, transform_output, tmp_path, train=still, start_folder=str(exported), seed=7
    )

    run_fn.run_fn(args)

    weights = "assets.extra/model.weights.h5"
    models = [
        builders.build("cnn3", ModelSpec(SIDE, (("age", 8), ("gender", 2)), seed=seed))
        for seed in (7, 8)
    ]
    models[0].load_weights(tmp_path / "Format-Serving" / weights)
    models[1].load_weights(exported / weights)
    for one, other in zip(*(model.get_weights() for model in models), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
    facts, earlier = (read_facts(folder) for folder in (tmp_path / "Format-Serving", exported))
    assert facts["started_from"] == {"folder": "runs/whole", "seen": earlier["seen"]}
    assert facts["seen"] == earlier["seen"]


def test_a_warm_start_trained_on_the_held_out_fold_stops_before_training(
    exported: Path, stored: StoredFaces, transform_output: Path, tmp_path: Path
) -> None:
    args = make_args(
        stored, transform_output, tmp_path, start_folder=str(exported), held_out=("fold_0",)
    )

    with pytest.raises(ConfigError, match=r"leak: .* holds out fold_0"):
        run_fn.run_fn(args)

    assert list(tmp_path.iterdir()) == []


def test_weights_that_do_not_load_are_an_error_with_their_folder(
    exported: Path, stored: StoredFaces, transform_output: Path, tmp_path: Path
) -> None:
    shutil.copytree(exported / "assets.extra", tmp_path / "start" / "assets.extra")
    (tmp_path / "start" / "assets.extra" / "model.weights.h5").write_bytes(b"no weights")
    args = make_args(stored, transform_output, tmp_path, start_folder=str(tmp_path / "start"))

    with pytest.raises(DataError, match=r"start_from: the weights below .*/start do not load into"):
        run_fn.run_fn(args)
