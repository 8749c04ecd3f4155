"""Which models are trained and evaluated: one, or one a fold (light)."""

from typing import NamedTuple

from schemas.config import FoldsConfig


class Round(NamedTuple):
    """One model: on whom it is trained, and on whom it is evaluated."""

    name: str  # Of the fold that is held out in turn; empty where there is one model.
    held_out: tuple[str, ...]
    training: tuple[str, ...]


def plan_rounds(config: FoldsConfig, folds: tuple[str, ...]) -> tuple[Round, ...]:
    """The rounds of a run.

    Args:
      config: what is held out.
      folds: all folds of the data.
    """
    if config.crossed:
        return tuple(Round(fold, (fold,), _without(folds, (fold,))) for fold in folds)
    held_out = config.held_out(folds)
    return (Round("", held_out, _without(folds, held_out)),)


def _without(folds: tuple[str, ...], held_out: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(fold for fold in folds if fold not in held_out)
