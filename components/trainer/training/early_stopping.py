"""What the validation losses so far decide: the best epoch, when to stop, when to go slower.

Nothing else is remembered for these decisions, so a training that was killed and goes on with the
losses of its earlier epochs decides as if it had never stopped.
"""

import math
from collections.abc import Sequence

History = dict[str, list[float]]  # Name of a number to its value in each epoch that has run.

EPOCH = "epoch"  # In a history: the epochs' numbers, from 1. A phase that stops early leaves a gap.

FACTOR = 1 / 3  # Of the learning rate, at each plateau.


def losses(history: History) -> list[float]:
    """The validation loss of each epoch; empty where nobody validates."""
    return history.get("val_loss", [])


def best_epoch(measured: Sequence[float]) -> int | None:
    """Place of the smallest loss, the first of equal ones; None if no loss is a number."""
    numbers = [place for place, loss in enumerate(measured) if math.isfinite(loss)]
    return min(numbers, key=lambda place: measured[place], default=None)


def waited(measured: Sequence[float]) -> int:
    """Epochs since the best one; all of them, if there is none."""
    best = best_epoch(measured)
    return len(measured) if best is None else len(measured) - 1 - best


def plateaus(measured: Sequence[float], patience: int) -> int:
    """How often `patience` epochs in a row brought no better loss; after each, counted anew."""
    best, waiting, found = math.inf, 0, 0
    for loss in measured:
        if loss < best:
            best, waiting = loss, 0
            continue
        waiting += 1
        if waiting == patience:
            waiting, found = 0, found + 1
    return found
