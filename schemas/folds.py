"""Fold names, and folds that share people."""

# The published lists of Levi and Hassner cut `val` and `train_subset` from the rows of `train`, by
# row: a person may be in both.
_CUT_FROM = {"val": "train", "train_subset": "train"}


def fold_name(number: int) -> str:
    """The name of a numbered fold."""
    return f"fold_{number}"


def fold_names(count: int) -> tuple[str, ...]:
    """The names of `count` numbered folds."""
    return tuple(map(fold_name, range(count)))


def people_of(fold: str) -> str:
    """The fold whose people a fold may share: `train` for those cut from it, else itself."""
    return _CUT_FROM.get(fold, fold)
