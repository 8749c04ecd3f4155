"""How long the last model of a cross-validation trains: what EpochChoice hands to its Trainer."""

from typing import TypedDict


class ChosenEpochs(TypedDict):
    """The content of the HyperParameters artifact, and a part of the last model's facts."""

    epochs: int  # 1 or more.
    epochs_rule: str  # How the number follows from the folds' models, in words.
    best_epochs: dict[str, int]  # {held-out fold: best epoch of its model, from 1}.
