"""What the validation losses so far decide: the best epoch, when to stop, when to go slower.

Nothing else is remembered for these decisions, so a training that was killed and goes on with the
losses of its earlier epochs decides as if it had never stopped.
"""

import math
from collections.abc import Sequence

History = dict[str, list[float]]  # Name of a number to its value in each epoch.

FACTOR = 1 / 3  # Of the learning rate, at each plateau.


def best_epoch(losses: Sequence[float]) -> int | None:
    """Place of the smallest loss, the first of equal ones; None if no loss is a number."""
    numbers = [place for place, loss in enumerate(losses) if math.isfinite(loss)]
    return min(numbers, key=lambda place: losses[place], default=None)


def waited(losses: Sequence[float]) -> int:
    """Epochs since the best one; all of them, if there is none."""
    best = best_epoch(losses)
    return len(losses) if best is None else len(losses) - 1 - best


def plateaus(losses: Sequence[float], patience: int) -> int:
    """How often `patience` epochs in a row brought no better loss; after each, counted anew."""
    best, waiting, found = math.inf, 0, 0
    for loss in losses:
        if loss < best:
            best, waiting = loss, 0
            continue
        waiting += 1
        if waiting == patience:
            waiting, found = 0, found + 1
    return found
