"""Learning curves of a training: a CSV with one row per epoch, and a PNG."""

import csv
import io
import logging
import math
import os
from typing import TYPE_CHECKING

from tfx.utils import io_utils

from components.trainer.training.early_stopping import EPOCH, History, best_epoch, losses
from schemas.artifact_files import CURVES_FOLDER
from schemas.csv_cells import escape_row

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CSV_FILE = "curves.csv"
PNG_FILE = "curves.png"

_VALIDATION = "val_"
_COLUMNS = 3
_WIDTH, _HEIGHT = 4.3, 3.0  # Of a panel, in inches.
_MARGIN = 0.8  # Above and below the panels together, in inches.
_DPI = 100
_COLORS = {"training": "#0072b2", "validation": "#d55e00"}  # Okabe and Ito's palette.
_BEST_COLOR = "#009e73"
_MAX_MARKERS = 20  # Epochs up to which each has a marker.


def write_curves(history: History, folder: str) -> None:
    """Write both files below `folder`, a path or URI."""
    target = os.path.join(folder, CURVES_FOLDER)
    io_utils.write_string_file(os.path.join(target, CSV_FILE), as_csv(history))
    io_utils.write_bytes_file(os.path.join(target, PNG_FILE), as_png(history))


def as_csv(history: History) -> str:
    """One row per epoch: its number from 1, whether it is the best, then its losses and metrics.

    A value of the validation stands beside that of the training, under its name with `val_`.
    """
    best = best_epoch(losses(history))
    names = [
        key
        for quantity in quantities(history)
        for key in _series(quantity).values()
        if key in history
    ]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(escape_row([EPOCH, "best", *names]))
    for row, epoch in enumerate(history[EPOCH]):
        values = [f"{history[name][row]:.6g}" for name in names]
        writer.writerow(escape_row([int(epoch), int(row == best), *values]))
    return text.getvalue()


def as_png(history: History) -> bytes:
    """The figure as PNG; the same history gives the same bytes, whatever the user's settings."""
    # Without a writable home it warns that its font cache is temporary.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    import matplotlib.style

    with matplotlib.style.context("default"), io.BytesIO() as buffer:
        make_figure(history).savefig(buffer, format="png", metadata={"Software": None})
        return buffer.getvalue()


def make_figure(history: History) -> "Figure":
    """One panel per quantity with a line for training and validation; the best epoch is marked."""
    from matplotlib.figure import Figure

    names = quantities(history)
    columns = min(_COLUMNS, len(names))
    rows = math.ceil(len(names) / columns)
    size = columns * _WIDTH, rows * _HEIGHT + _MARGIN
    figure = Figure(size, dpi=_DPI, layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for panel, name in zip(panels, names, strict=False):
        _draw_panel(panel, name, history)
    for panel in panels[len(names) :]:
        panel.remove()
    lines = {str(line.get_label()): line for panel in figure.axes for line in panel.lines}
    figure.legend(lines.values(), lines.keys(), loc="outside lower center", ncols=len(lines))
    figure.suptitle(_title(history))
    return figure


def _draw_panel(panel: "Axes", quantity: str, history: History) -> None:
    from matplotlib.ticker import MaxNLocator

    for split, key in _series(quantity).items():
        if key in history:
            points = [
                (epoch, value)
                for epoch, value in zip(history[EPOCH], history[key], strict=True)
                if math.isfinite(value)
            ]
            marker = "o" if len(points) <= _MAX_MARKERS else ""
            xs, ys = [x for x, _ in points], [y for _, y in points]
            panel.plot(xs, ys, color=_COLORS[split], marker=marker, markersize=4, label=split)
    best = best_epoch(losses(history))
    if best is not None:
        panel.axvline(history[EPOCH][best], color=_BEST_COLOR, linestyle="--", label="best epoch")
    panel.set_title(quantity.replace("_", " "))
    panel.set_xlabel("epoch")
    panel.xaxis.set_major_locator(MaxNLocator(integer=True))
    panel.grid(axis="y", color="#e4e4e4")


def quantities(history: History) -> list[str]:
    """Names without `val_`: the total loss, the heads' losses, metrics, the learning rate.

    The order is the same for every training with the same heads and metrics.
    """
    names = {name.removeprefix(_VALIDATION) for name in history if name != EPOCH}
    return sorted(names, key=_rank)


def _rank(name: str) -> tuple[int, str]:
    ranks = {"loss": 0, "learning_rate": 3}
    return ranks.get(name, 1 if name.endswith("_loss") else 2), name


def _series(quantity: str) -> dict[str, str]:
    return {"training": quantity, "validation": _VALIDATION + quantity}


def _title(history: History) -> str:
    epochs, best = len(history[EPOCH]), best_epoch(losses(history))
    kept = "the last is kept" if best is None else f"epoch {history[EPOCH][best]:.0f} is the best"
    return f"Learning curves: {epochs} epoch{'s' if epochs > 1 else ''}, {kept}"
