"""Checks of `folds` against the folds of the data."""

from pipelines.config.known_names import did_you_mean
from schemas.config.blocks import Config
from schemas.errors import ConfigError
from schemas.folds import people_of


def check_folds(config: Config, folds: tuple[str, ...]) -> None:
    """The held-out folds are among all `folds` of the data, each once, and others are left."""
    test = config.folds.test
    if test == "all":
        _check_cross_validation(config, folds)
        return
    known = ", ".join(folds)
    for fold in test:
        if fold not in folds:
            raise ConfigError(
                f"folds.test names {fold!r}{did_you_mean(fold, folds)}, but the data have {known}."
            )
        if test.count(fold) > 1:
            raise ConfigError(f"folds.test names {fold!r} twice, expected once. Remove one.")
    _check_people(config, test, folds)
    if not test:
        raise ConfigError(f"folds.test is empty, expected one or more of {known}.")
    if set(folds) <= set(test):
        raise ConfigError(f"folds.test holds out all of {known}: nothing is left to train on.")


def _people(config: Config, folds: tuple[str, ...]) -> list[str]:
    """`people_of` each fold, of the data set if there is but one."""
    datasets = {data.dataset for data in config.data}
    dataset = min(datasets) if len(datasets) == 1 else ""
    return [people_of(fold, dataset) for fold in folds]


def _check_people(config: Config, test: tuple[str, ...], folds: tuple[str, ...]) -> None:
    """No training fold may share people with a held-out one."""
    held_out = dict(zip(test, _people(config, test), strict=True))
    for fold, people in zip(folds, _people(config, folds), strict=True):
        shared = [one for one, of_one in held_out.items() if of_one == people]
        if shared and fold not in test:
            raise ConfigError(
                f"folds.test holds out {shared[0]}, whose people the published lists share with "
                f"{fold}: hold out test, or {fold} too."
            )


def _check_cross_validation(config: Config, folds: tuple[str, ...]) -> None:
    """There are two folds or more, and no two share people."""
    known = ", ".join(folds)
    if len(folds) < 2:
        raise ConfigError(
            f"folds.test is 'all', but the data have {len(folds)} fold(s) ({known}), expected two "
            "or more: one is held out, the others train. Give the data more folds."
        )
    people = _people(config, folds)
    shared = [
        fold for fold, of_fold in zip(folds, people, strict=True) if people.count(of_fold) > 1
    ]
    if shared:
        raise ConfigError(
            f"folds.test is 'all', but {' and '.join(shared)} may share people, as in the "
            "published lists, where val is cut from train. Hold out folds that share nobody, such "
            "as folds.test=[test], or for those lists set data.splits=hash."
        )
