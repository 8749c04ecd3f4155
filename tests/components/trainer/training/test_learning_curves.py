"""The learning curves as CSV and PNG."""

import csv
import math
from pathlib import Path

import pytest
from PIL import Image

from components.trainer.training import learning_curves

pytestmark = pytest.mark.tf

HISTORY: dict[str, list[float]] = {
    "epoch": [1, 2, 5],  # As where a phase stopped early.
    "gender_loss": [0.7, 0.6, 0.5],
    "age_loss": [2.0, 1.5, 1.25],
    "loss": [2.7, 2.1, 1.75],
    "age_accuracy": [0.1, 0.2, 0.3],
    "gender_accuracy": [0.5, 0.6, 0.7],
    "val_age_loss": [2.1, 1.6, math.nan],
    "val_gender_loss": [0.8, 0.7, 0.6],
    "val_loss": [2.9, 2.3, math.nan],
    "val_age_accuracy": [0.1, 0.25, 0.2],
    "val_gender_accuracy": [0.5, 0.5, 0.5],
    "learning_rate": [1e-3, 5e-4, 1e-10],
}


def test_the_csv_has_a_row_an_epoch_under_stable_names() -> None:
    rows = list(csv.DictReader(learning_curves.as_csv(HISTORY).splitlines()))

    assert list(rows[0]) == [
        "epoch", "best", "loss", "val_loss", "age_loss", "val_age_loss", "gender_loss",
        "val_gender_loss", "age_accuracy", "val_age_accuracy", "gender_accuracy",
        "val_gender_accuracy", "learning_rate",
    ]  # fmt: skip
    assert [row["epoch"] for row in rows] == ["1", "2", "5"]
    assert [row["best"] for row in rows] == ["0", "1", "0"]
    for name, values in HISTORY.items():
        told = [float(row[name]) for row in rows]
        assert told == pytest.approx(values, nan_ok=True, rel=1e-5)


def test_the_names_do_not_depend_on_the_order_in_which_they_came() -> None:
    assert learning_curves.as_csv(dict(reversed(HISTORY.items()))) == learning_curves.as_csv(
        HISTORY
    )


def test_each_quantity_has_a_panel_with_both_sides_and_the_best_epoch() -> None:
    panels = {panel.title: panel for panel in learning_curves.panels(HISTORY)}

    assert list(panels) == [
        "loss", "age loss", "gender loss", "age accuracy", "gender accuracy", "learning rate",
    ]  # fmt: skip
    age = panels["age accuracy"]
    assert [(line.name, line.values) for line in age.lines] == [
        ("training", (0.1, 0.2, 0.3)),
        ("validation", (0.1, 0.25, 0.2)),
    ]
    assert [line.name for line in panels["learning rate"].lines] == ["training"]
    assert {(panel.epochs, panel.mark) for panel in panels.values()} == {((1, 2, 5), 2)}


def test_a_training_without_validation_has_the_curves_of_one_side_and_no_best_epoch() -> None:
    alone = {name: values for name, values in HISTORY.items() if not name.startswith("val_")}

    panels = learning_curves.panels(alone)
    rows = list(csv.DictReader(learning_curves.as_csv(alone).splitlines()))

    assert {len(panel.lines) for panel in panels} == {1}
    assert {panel.mark for panel in panels} == {None}
    assert {row["best"] for row in rows} == {"0"}


def test_both_files_are_written_below_the_folder(tmp_path: Path) -> None:
    learning_curves.write_curves(HISTORY, str(tmp_path))

    assert (tmp_path / "curves" / "curves.csv").read_text() == learning_curves.as_csv(HISTORY)
    with Image.open(tmp_path / "curves" / "curves.png") as picture:
        assert picture.format == "PNG"
        assert picture.size == (3 * 430, 46 + 2 * 300 + 36)
