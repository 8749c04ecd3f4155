"""The steps by name, in the order they run; known here without importing TFX."""

from typing import NamedTuple

from pipelines.config.checks.data_checks import check_name
from schemas.config.blocks import Config, FoldsConfig
from schemas.errors import ConfigError


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

NODES = (*_BEFORE, *_ONE_MODEL, *_AFTER)  # Of a run that trains one model, without a sweep.

TUNER = "Tuner"  # Runs before the Trainer, where the config asks for a sweep.

# The folder of trainings that were interrupted, below the root of the artifacts: it stays the same
# from run to run, where a step's own folder is new each time.
UNFINISHED = ".unfinished"


def node_id(node: str, turn: Round, joint: str = "_") -> str:
    """The id of a node of one round: `Trainer`, or `Trainer_fold_0` where it is one of several.

    Args:
      node: `Trainer` or `Evaluator`.
      turn: the round.
      joint: what stands between words; Kubeflow's engine (Argo) takes no `_` in names.
    """
    return "_".join(filter(None, (node, turn.name))).replace("_", joint)


def node_names(config: Config, folds: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The nodes of a run on these folds, in the order they run.

    Args:
      config: what is held out, and whether there is a sweep.
      folds: of the data; only a cross-validation looks at them.
    """
    if config.folds.crossed:
        rounds = plan_rounds(config.folds, folds)
        of_folds = tuple(node_id(node, turn) for node in _ONE_MODEL for turn in rounds)
        return (*_BEFORE, *of_folds, "EpochChoice", "Trainer", *_AFTER)
    return (*_BEFORE, *([TUNER] if config.tune.trials else []), *_ONE_MODEL, *_AFTER)


def check_node(flag: str, node: str, config: Config, folds: tuple[str, ...] | None) -> None:
    """Raise ConfigError, with the nearest name, if a run has no such node.

    Args:
      flag: the option that names it.
      node: the name.
      config: of the run.
      folds: of the data; None while nobody has looked: nodes of folds then pass.
    """
    if node == TUNER and not config.tune.trials:
        raise ConfigError(
            f"{flag} is {node!r}, but this config has no sweep (tune.trials=0). Set tune.trials "
            "and the values to try, or name another step."
        )
    of_a_fold = node.startswith(tuple(f"{kind}_" for kind in _ONE_MODEL))
    if not (folds is None and config.folds.crossed and of_a_fold):
        check_name(flag, node, node_names(config, ("<fold>",) if folds is None else folds))
