"""The learning curves as CSV and PNG."""

import csv
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from PIL import Image

from components.trainer.training import learning_curves

pytestmark = pytest.mark.tf

HISTORY: dict[str, list[float]] = {
    "epoch": [1, 2, 5],  # A phase stopped early.
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


def test_the_csv_has_one_row_per_epoch_under_stable_names() -> None:
    rows = list(csv.DictReader(learning_curves.as_csv(HISTORY).splitlines()))

    assert list(rows[0]) == [
        "epoch", "best", "loss", "val_loss", "age_loss", "val_age_loss", "gender_loss",
        "val_gender_loss", "age_accuracy", "val_age_accuracy", "gender_accuracy",
        "val_gender_accuracy", "learning_rate",
    ]  # fmt: skip
    assert [row["epoch"] for row in rows] == ["1", "2", "5"]
    assert [row["best"] for row in rows] == ["0", "1", "0"]
    for name, values in HISTORY.items():
        written = [float(row[name]) for row in rows]
        assert written == pytest.approx(values, nan_ok=True, rel=1e-5)


def test_the_column_order_does_not_depend_on_that_of_the_history() -> None:
    assert learning_curves.as_csv(dict(reversed(HISTORY.items()))) == learning_curves.as_csv(
        HISTORY
    )


def series(panel: Axes) -> dict[str, list[tuple[float, float]]]:
    """The points of each line of a panel, without the mark of the best epoch."""
    return {
        str(line.get_label()): [tuple(point) for point in np.asarray(line.get_xydata()).tolist()]
        for line in panel.lines
        if line.get_label() != "best epoch"
    }


def marks(panel: Axes) -> list[float]:
    """The epochs that are marked as the best."""
    lines = (line for line in panel.lines if line.get_label() == "best epoch")
    return [float(np.asarray(line.get_xdata())[0]) for line in lines]


def test_each_quantity_has_a_panel_with_both_lines_and_the_best_epoch() -> None:
    panels = {panel.get_title(): panel for panel in learning_curves.make_figure(HISTORY).axes}

    assert list(panels) == [
        "loss", "age loss", "gender loss", "age accuracy", "gender accuracy", "learning rate",
    ]  # fmt: skip
    assert series(panels["age accuracy"]) == {
        "training": [(1, 0.1), (2, 0.2), (5, 0.3)],
        "validation": [(1, 0.1), (2, 0.25), (5, 0.2)],
    }
    assert list(series(panels["learning rate"])) == ["training"]
    assert [marks(panel) for panel in panels.values()] == [[2.0]] * 6


@pytest.mark.parametrize("odd", [math.nan, math.inf])
def test_a_value_that_is_no_number_is_left_out(odd: float) -> None:
    history = {"epoch": [1.0, 2.0, 3.0], "loss": [1.0, odd, 0.5]}

    [panel] = learning_curves.make_figure(history).axes

    assert series(panel) == {"training": [(1, 1.0), (3, 0.5)]}
    assert learning_curves.as_png({"epoch": [1.0], "loss": [odd]})


def test_a_training_without_validation_has_one_line_and_no_best_epoch() -> None:
    alone = {name: values for name, values in HISTORY.items() if not name.startswith("val_")}

    panels = learning_curves.make_figure(alone).axes
    rows = list(csv.DictReader(learning_curves.as_csv(alone).splitlines()))

    assert [list(series(panel)) for panel in panels] == [["training"]] * 6
    assert [marks(panel) for panel in panels] == [[]] * 6
    assert {row["best"] for row in rows} == {"0"}


def test_both_files_are_written_below_the_folder(tmp_path: Path) -> None:
    learning_curves.write_curves(HISTORY, str(tmp_path))

    assert (tmp_path / "curves" / "curves.csv").read_text() == learning_curves.as_csv(HISTORY)
    with Image.open(tmp_path / "curves" / "curves.png") as picture:
        assert picture.format == "PNG"
        assert picture.width > picture.height > 600  # Two rows of three panels.
        assert "Software" not in picture.info


def test_the_bytes_do_not_depend_on_home_display_or_settings_and_nothing_is_logged(
    tmp_path: Path,
) -> None:
    (tmp_path / "matplotlibrc").write_text("lines.linewidth: 9\nfont.family: monospace\n")
    program = (
        "import json, sys, pathlib\n"
        "from components.trainer.training import learning_curves\n"
        "print('imported', file=sys.stderr)\n"
        "picture = learning_curves.as_png(json.loads(sys.argv[2]))\n"
        "pathlib.Path(sys.argv[1]).write_bytes(picture)\n"
    )
    arguments = [str(tmp_path / "other.png"), json.dumps(HISTORY)]
    plain = {name: value for name, value in os.environ.items() if name != "DISPLAY"}
    homeless = {"HOME": "/dev/null", "MATPLOTLIBRC": str(tmp_path), "PYTHONPATH": os.getcwd()}

    ran = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=plain | homeless,
        capture_output=True,
        text=True,
    )

    assert ran.returncode == 0, ran.stderr
    assert ran.stderr.split("imported\n")[1] == ""
    assert (tmp_path / "other.png").read_bytes() == learning_curves.as_png(HISTORY)
