"""What `folds.test: all` asks of a config and of the folds (light)."""

import re

from schemas.config.blocks import Config
from schemas.errors import ConfigError

# Folds whose people the published lists share: `val` is cut from the training rows.
_SHARED_SIDE = ("train", "train_subset", "val")
_FOLD_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")  # It names nodes and folders.


def check_crossing(config: Config) -> None:
    """What needs validation faces, or would look at a fold that is held out later, is refused.

    Raises:
      ConfigError: with the mend.
    """
    if not config.folds.crossed:
        return
    if config.train.schedule == "plateau":
        raise ConfigError(
            "train.schedule is 'plateau' with folds.test 'all': it follows the validation loss, "
            "and the last model, which is trained on all folds, has no validation faces. Set "
            "train.schedule=cosine, or name the folds to hold out, such as folds.test=[fold_4]."
        )
    if config.tune.trials:
        raise ConfigError(
            f"tune.trials is {config.tune.trials} with folds.test 'all': a sweep would choose by "
            "faces that are held out later. Sweep with folds named, such as folds.test=[fold_4], "
            "write what it found into `train`, and leave the block out (tune={})."
        )


def check_crossed_folds(folds: tuple[str, ...]) -> None:
    """Each fold can be held out in turn: there are two or more, and no two share people.

    Raises:
      ConfigError: with the mend.
    """
    known = ", ".join(folds)
    if len(folds) < 2:
        raise ConfigError(
            f"folds.test is 'all', but the data have {len(folds)} fold(s) ({known}), expected two "
            "or more: one is held out, the others train. Give the data more folds."
        )
    shared = [fold for fold in folds if fold in _SHARED_SIDE]
    if len(shared) > 1:
        raise ConfigError(
            f"folds.test is 'all', but {' and '.join(shared)} may share people, as in the "
            "published lists, where val is cut from train. Hold out folds that share nobody, such "
            "as folds.test=[test], or for those lists set data.splits=hash."
        )
    if odd := [fold for fold in folds if not _FOLD_NAME.fullmatch(fold)]:
        raise ConfigError(
            f"folds.test is 'all', but a fold is called {odd[0]!r}, expected letters, digits, '_' "
            "and '-': it names the nodes of its model. Rename it in the label files."
        )
