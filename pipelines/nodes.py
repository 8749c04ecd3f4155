"""The steps by name, in the order they run; known here without importing TFX."""

from pipelines.rounds import Round, plan_rounds
from schemas.config import FoldsConfig
from schemas.config_names import check_name

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

NODES = (*_BEFORE, "Trainer", "Evaluator", *_AFTER)  # Of a run that trains one model.

_OF_A_FOLD = ("Trainer", "Evaluator")


def node_id(node: str, turn: Round, joint: str = "_") -> str:
    """The id of a node of one round: `Trainer`, or `Trainer_fold_0` where it is one of several.

    Args:
      node: `Trainer` or `Evaluator`.
      turn: the round.
      joint: what stands between words; Kubeflow's engine (Argo) takes no `_` in names.
    """
    return "_".join(filter(None, (node, turn.name))).replace("_", joint)


def node_names(config: FoldsConfig, folds: tuple[str, ...]) -> tuple[str, ...]:
    """The nodes of a run on these folds, in the order they run."""
    if not config.crossed:
        return NODES
    rounds = plan_rounds(config, folds)
    of_folds = tuple(node_id(node, turn) for node in _OF_A_FOLD for turn in rounds)
    return (*_BEFORE, *of_folds, "EpochChoice", "Trainer", *_AFTER)


def check_node(flag: str, node: str, config: FoldsConfig, folds: tuple[str, ...] | None) -> None:
    """Raise ConfigError, with the nearest name, if a run has no such node.

    Args:
      flag: the option that names it.
      node: the name.
      config: what is held out.
      folds: of the data; None while nobody has looked: nodes of folds then pass.
    """
    of_a_fold = node.startswith(tuple(f"{kind}_" for kind in _OF_A_FOLD))
    if not (folds is None and config.crossed and of_a_fold):
        check_name(flag, node, node_names(config, folds or ()))
