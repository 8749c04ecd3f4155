"""Names of folds, and which folds and data sets show the same people."""

# In Levi and Hassner's published lists `val` is cut out of the training rows: people are in both.
_CUT_FROM = {"val": "train", "train_subset": "train"}

# Data sets of the same people under other folds, by a name that they share.
_SAME_PEOPLE = {"levi_hassner": "adience"}


def fold_name(number: int | str) -> str:
    """Name of a numbered fold."""
    return f"fold_{number}"


def whole_fold(fold: str) -> str:
    """The fold that a fold was cut from, whose people it may show; itself for all others."""
    return _CUT_FROM.get(fold, fold)


def people_of(dataset: str) -> str:
    """Name of the people that a data set shows: equal for data sets that share people."""
    return _SAME_PEOPLE.get(dataset, dataset)
