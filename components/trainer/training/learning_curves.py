"""The learning curves of a training: a CSV with a row an epoch, and a picture."""

import csv
import io
import os

import tensorflow as tf

from components.trainer.training.chart import Line, Panel, draw
from components.trainer.training.early_stopping import EPOCH, History, best_epoch, losses
from schemas.artifact_files import CURVES_FOLDER

CSV_FILE = "curves.csv"
PNG_FILE = "curves.png"

_VALIDATION = "val_"


def write_curves(history: History, folder: str) -> None:
    """Write both below `folder`, a path or URI."""
    target = os.path.join(folder, CURVES_FOLDER)
    tf.io.gfile.makedirs(target)
    for name, content in (
        (CSV_FILE, as_csv(history).encode()),
        (PNG_FILE, draw(panels(history), _title(history))),
    ):
        with tf.io.gfile.GFile(os.path.join(target, name), "wb") as file:
            file.write(content)


def as_csv(history: History) -> str:
    """A row an epoch: its number from 1, whether it is the best, then each number of it.

    A number of the validation stands beside that of the training, with `val_` before its name.
    """
    best = best_epoch(losses(history))
    names = [name for shown in quantities(history) for name in _sides(shown) if name in history]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([EPOCH, "best", *names])
    for place, epoch in enumerate(history[EPOCH]):
        numbers = [f"{history[name][place]:.6g}" for name in names]
        writer.writerow([int(epoch), int(place == best), *numbers])
    return text.getvalue()


def quantities(history: History) -> list[str]:
    """What was measured, without its side: losses first, the whole one before all, the rate last.

    The order is the same for every training with the same heads and metrics.
    """
    found = {name.removeprefix(_VALIDATION) for name in history if name != EPOCH}
    return sorted(found, key=_rank)


def _rank(name: str) -> tuple[int, str]:
    places = {"loss": 0, "learning_rate": 3}
    return places.get(name, 1 if name.endswith("_loss") else 2), name


def panels(history: History) -> list[Panel]:
    """One panel a quantity, with the line of each side that has it; the best epoch is marked."""
    best = best_epoch(losses(history))
    return [
        Panel(
            name.replace("_", " "),
            tuple(history[EPOCH]),
            tuple(
                Line("validation" if side != name else "training", tuple(history[side]))
                for side in _sides(name)
                if side in history
            ),
            None if best is None else history[EPOCH][best],
        )
        for name in quantities(history)
    ]


def _sides(name: str) -> tuple[str, str]:
    return name, _VALIDATION + name


def _title(history: History) -> str:
    epochs, best = len(history[EPOCH]), best_epoch(losses(history))
    kept = "the last is kept" if best is None else f"epoch {history[EPOCH][best]:.0f} is the best"
    return f"Learning curves: {epochs} epoch{'s' if epochs > 1 else ''}, {kept}"
