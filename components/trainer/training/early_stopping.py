"""Best epoch, early stopping and learning-rate plateaus, as functions of the validation losses.

They depend on the losses alone, so a resumed training decides as if it had never been interrupted.
"""

import math
from collections.abc import Sequence

History = dict[str, list[float]]  # Name of a metric to its value in each epoch so far.

EPOCH = "epoch"  # In a history: the epochs' numbers, from 1. A phase that stops early leaves a gap.

FACTOR = 1 / 3  # Of the learning rate, at each plateau.


def losses(history: History) -> list[float]:
    """The validation loss of each epoch; empty without validation."""
    return history.get("val_loss", [])


def best_epoch(losses: Sequence[float]) -> int | None:
    """Index of the smallest loss, the first of equal ones; None if no loss is a number."""
    finite = [index for index, loss in enumerate(losses) if math.isfinite(loss)]
    return min(finite, key=lambda index: losses[index], default=None)


def epochs_without_improvement(losses: Sequence[float]) -> int:
    """Epochs since the best one; all of them, if there is none."""
    best = best_epoch(losses)
    return len(losses) if best is None else len(losses) - 1 - best


def count_plateaus(losses: Sequence[float], patience: int) -> int:
    """How often `patience` epochs in a row had no better loss; the wait restarts after each."""
    best, wait, plateaus = math.inf, 0, 0
    for loss in losses:
        if loss < best:
            best, wait = loss, 0
            continue
        wait += 1
        if wait == patience:
            wait, plateaus = 0, plateaus + 1
    return plateaus
