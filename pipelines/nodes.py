"""Node names in topological order, without importing TFX."""

from typing import NamedTuple

from pipelines.config.known_names import check_known
from schemas.config.blocks import Config, FoldsConfig
from schemas.errors import ConfigError


class FoldSplit(NamedTuple):
    """Folds of one model: held out and trained on."""

    name: str  # The held-out fold in a cross-validation, else empty.
    held_out: tuple[str, ...]
    training: tuple[str, ...]


def plan_splits(config: FoldsConfig, folds: tuple[str, ...]) -> tuple[FoldSplit, ...]:
    """Fold splits of a run over all `folds` of the data, one per model."""
    held_out = {fold: (fold,) for fold in folds} if config.test == "all" else {"": config.test}
    return tuple(
        FoldSplit(name, held, tuple(fold for fold in folds if fold not in held))
        for name, held in held_out.items()
    )


_BEFORE = (
    "FaceIngest",
    "LabelValidator",
    "FaceExampleGen",
    "StatisticsGen",
    "ImportSchemaGen",
    "ExampleValidator",
    "AnomalyGate",
    "Transform",
)
_AFTER = ("BiasReview", "Pusher")
_ONE_MODEL = ("Trainer", "Evaluator")

TUNER = "Tuner"  # Precedes the Trainer in a sweep.


def node_id(node: str, split: FoldSplit) -> str:
    """The id of a split's node: `Trainer`, or `Trainer_fold_0` in a cross-validation."""
    return "_".join(filter(None, (node, split.name)))


def node_names(config: Config, folds: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Nodes of a run in topological order; a cross-validation needs all `folds` of the data."""
    if config.folds.cross_validation:
        splits = plan_splits(config.folds, folds)
        of_folds = tuple(node_id(node, split) for node in _ONE_MODEL for split in splits)
        return (*_BEFORE, *of_folds, "EpochChoice", "Trainer", *_AFTER)
    return (*_BEFORE, *([TUNER] if config.tune.trials else []), *_ONE_MODEL, *_AFTER)


def all_steps() -> tuple[str, ...]:
    """Steps of all configs; each fold of a cross-validation has a node of some of them."""
    return (*_BEFORE, TUNER, *_ONE_MODEL, "EpochChoice", *_AFTER)


def is_node_id(name: str) -> bool:
    """Whether some config has a node of this name."""
    return name in all_steps() or _is_of_a_fold(name)


def _is_of_a_fold(name: str) -> bool:
    return name.startswith(tuple(f"{kind}_" for kind in _ONE_MODEL))


def check_node(flag: str, node: str, config: Config, folds: tuple[str, ...] | None) -> None:
    """Raise ConfigError, with the nearest name, if a run has no such node as the option `flag`.

    Where all `folds` of the data are unknown (None), names of folds' nodes pass.
    """
    if node == TUNER and not config.tune.trials:
        raise ConfigError(
            f"{flag} is {node!r}, but this config has no sweep (tune.trials=0). Set tune.trials "
            "and the values to try, or name another step."
        )
    if not (folds is None and config.folds.cross_validation and _is_of_a_fold(node)):
        check_known(flag, node, node_names(config, ("<fold>",) if folds is None else folds))
