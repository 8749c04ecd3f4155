"""Tests of a copy of the sources whose metrics table has two more rows; see test_add_metric.py."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pyarrow.parquet as pq
import pytest

from components.bias_review.output.html import render
from components.bias_review.review import review
from components.bias_review.run_info import FoldModel, PushedModel, RunInfo
from components.trainer.training.keras_metrics import metrics
from components.trainer.training.learning_curves import as_csv
from pipelines.local.results import NodeResult
from pipelines.local.run_folder.layout import RunFolder
from pipelines.local.summary.run_table import finish
from schemas.config.blocks import EvaluateConfig
from tests.components.evaluator.painted_faces import Evaluated, evaluate, make_faces, write_model
from tests.components.trainer.small_faces import AGES, write_transform_output

FOLDS = ("fold_2", "fold_3")  # Of `make_faces`.
CONFIG = EvaluateConfig(slices=("gender",), min_images=1, min_subjects=1)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Evaluated:
    """Twenty faces, evaluated by TFMA."""
    folder = tmp_path_factory.mktemp("run")
    write_transform_output(folder / "graph", target="age_gender")
    write_model(folder / "model", ["age"], folder / "graph")
    return evaluate(folder, make_faces(20), ["age"], folder / "model", slices=())


@pytest.fixture(scope="module")
def expected(run: Evaluated) -> dict[str, float]:
    """Both metrics by hand; of the probability, only from the rows of the predictions."""
    far = [
        abs(AGES.index(painted.face.age or "") - painted.answers["age"]) for painted in run.faces
    ]
    stored = [row["true_probability"] for row in run.predictions()]
    return {
        "two_off": sum(distance <= 2 for distance in far) / len(far),
        "true_probability": sum(stored) / len(stored),
    }


def test_training_reports_it() -> None:
    random = np.random.default_rng(0)
    probabilities = random.dirichlet(np.ones(8), 32).astype(np.float32)
    labels = random.integers(0, 8, 32)
    inputs = keras.Input((8,))
    model = keras.Model(
        inputs, {"age": keras.layers.EinsumDense("bi,io->bo", 8, name="age")(inputs)}
    )
    model.set_weights([np.eye(8)])
    model.compile(
        optimizer=keras.optimizers.SGD(0.0),
        loss={"age": keras.losses.SparseCategoricalCrossentropy()},
        weighted_metrics=metrics([("age", 8)]),
    )

    fitted = model.fit(
        probabilities, {"age": labels}, verbose=0, validation_data=(probabilities, {"age": labels})
    )

    last = {name: values[-1] for name, values in fitted.history.items()}
    two_off = (np.abs(probabilities.argmax(axis=1) - labels) <= 2).mean()
    true_probability = probabilities[np.arange(32), labels].mean()
    for prefix in ("", "val_"):
        assert last[f"{prefix}two_off"] == pytest.approx(two_off)
        assert last[f"{prefix}true_probability"] == pytest.approx(true_probability)
    columns = as_csv({"epoch": [1.0], **fitted.history}).splitlines()[0].split(",")
    assert {"two_off", "val_two_off", "true_probability", "val_true_probability"} <= set(columns)


def test_tfma_reports_it(run: Evaluated, expected: dict[str, float]) -> None:
    overall = run.metrics("age")[()][""]

    for name, value in expected.items():
        assert overall[name]["doubleValue"] == pytest.approx(value, abs=1e-5)


def test_the_evaluator_stores_the_one_of_the_probabilities(run: Evaluated) -> None:
    rows = run.predictions()

    assert "two_off" not in rows[0]
    for row in rows:
        right = row["label"] == row["predicted"]
        assert (row["true_probability"] == row["probability"]) == right


def files_of(run: Evaluated, **crossed: Any) -> dict[str, str]:
    """The files of a review of the faces, each its own subject."""
    table = pq.read_table(run.folder / "evaluation" / "predictions.parquet")
    column = table.schema.get_field_index("subject")
    alone = table.set_column(column, table.schema.field("subject"), table["key"])
    info = RunInfo(
        name="run", model="cnn3", parameters=None, side=16, target="age", policy="strict",
        datasets=("adience",), names_subjects=True, held_out=FOLDS, training=FOLDS,
        **crossed,
    )  # fmt: skip
    return render(review([alone], info, CONFIG, {"age": AGES}, seed=0))


def summary_of(files: dict[str, str], folder: Path) -> str:
    """The summary at the end of a run."""
    (folder / "page").mkdir()
    for name, text in files.items():
        (folder / "page" / name).write_text(text)
    result = NodeResult("BiasReview", "done", 1.0, {"page": ["page"]})
    return finish(RunFolder(folder), [result], 1.0).summary


def test_the_review_and_the_summary_report_it(
    run: Evaluated, expected: dict[str, float], tmp_path: Path
) -> None:
    files = files_of(run)

    [overall] = json.loads(files["review.json"])["overall"]
    rows = list(csv.DictReader(io.StringIO(files["slices.csv"])))
    summary = summary_of(files, tmp_path)
    for name, value in expected.items():
        assert overall[name] == pytest.approx(value, abs=1e-5)
        assert overall[f"{name}_low"] <= overall[name] <= overall[f"{name}_high"]
        assert all(0 <= float(row[name]) <= 1 for row in rows)
    for text in ("index.html", "model_card.html"):
        assert "Within two classes (2-off)" in files[text]
        assert "2-off, %</th>" in files[text]
        assert "Probability of the label" in files[text]
        assert "P(label)</th>" in files[text]
    assert f"2-off {expected['two_off']:.3f}, P(label) {overall['true_probability']:.3f}" in summary


def test_a_cross_validation_reports_its_mean(run: Evaluated, tmp_path: Path) -> None:
    models = tuple(FoldModel(fold, 10, 5, 3, 9) for fold in FOLDS)

    files = files_of(run, fold_models=models, pushed=PushedModel(20, 20, 3, "the median"))

    crossed = json.loads(files["review.json"])["cross_validation"]
    summary = " ".join(summary_of(files, tmp_path).split())
    for name in ("two_off", "true_probability"):
        of_folds = [fold[name] for fold in crossed["folds"]]
        assert crossed["mean"][0][name] == pytest.approx(np.mean(of_folds), abs=1e-5)
        assert crossed["mean"][0][f"{name}_deviation"] == pytest.approx(
            np.std(of_folds, ddof=1), abs=1e-5
        )
    mean, deviation = (crossed["mean"][0][f"two_off{end}"] for end in ("", "_deviation"))
    for text in (files["index.html"], files["model_card.html"], summary):
        assert f"{100 * mean:.1f} ± {100 * deviation:.1f}" in text
