"""Fold names, and folds that share people."""

import re

# A fold names folders, TFX's splits and, in a cross-validation, nodes.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
EXPECTED_NAME = "40 letters, digits, '_' and '-' at most, the first a letter or digit"

# The published lists of Levi and Hassner cut `val` and `train_subset` from the rows of `train`, by
# row: a person may be in both.
_CUT_FROM = {"val": "train", "train_subset": "train"}
_APART = frozenset(("fairface",))  # Data sets whose `val` was never part of `train`.


def is_fold_name(text: str) -> bool:
    """Whether a text can name a fold."""
    return _NAME.fullmatch(text) is not None


def fold_name(number: int) -> str:
    """The name of a numbered fold."""
    return f"fold_{number}"


def fold_names(count: int) -> tuple[str, ...]:
    """The names of `count` numbered folds."""
    return tuple(map(fold_name, range(count)))


def people_of(fold: str, dataset: str = "") -> str:
    """The fold whose people a fold may share: `train` for those cut from it, else itself.

    In a data set whose lists are apart, every fold is itself; by default it is not known.
    """
    return fold if dataset in _APART else _CUT_FROM.get(fold, fold)
