"""The nodes of a run by name, and the models behind them."""

import pytest

from pipelines.nodes import FoldSplit, check_node, node_id, node_names, plan_splits
from schemas.config.blocks import Config, DataConfig, FoldsConfig, TuneConfig
from schemas.errors import ConfigError

FOLDS = ("fold_0", "fold_1", "fold_2")
DATA = (DataConfig("adience", labels="/l", images="/i"),)
NAMED = Config("a", DATA, folds=FoldsConfig(test=("fold_1", "fold_2")))
EVERY = Config("a", DATA, folds=FoldsConfig(test="all"))
NODES = (
    "FaceIngest", "LabelValidator", "FaceExampleGen", "StatisticsGen", "ImportSchemaGen",
    "ExampleValidator", "AnomalyGate", "Transform", "Trainer", "Evaluator", "BiasReview", "Pusher",
)  # fmt: skip
SWEPT = Config("a", DATA, tune=TuneConfig(trials=1, dropout=(0.5,)))


def test_named_folds_are_held_out_of_one_model() -> None:
    assert plan_splits(NAMED.folds, FOLDS) == (FoldSplit("", ("fold_1", "fold_2"), ("fold_0",)),)
    assert node_names(NAMED, FOLDS) == NODES


def test_every_fold_is_held_out_of_one_model_and_trains_all_others() -> None:
    splits = plan_splits(EVERY.folds, FOLDS)

    assert [split.name for split in splits] == list(FOLDS)
    for split in splits:
        assert split.held_out == (split.name,)
        assert sorted(split.held_out + split.training) == list(FOLDS)


def test_a_cross_validation_has_two_nodes_a_fold_and_a_last_trainer() -> None:
    names = node_names(EVERY, FOLDS)

    assert len(set(names)) == len(names)
    assert set(names) - set(NODES) == {
        "EpochChoice",
        *(f"{kind}_{fold}" for kind in ("Trainer", "Evaluator") for fold in FOLDS),
    }
    assert set(NODES) - set(names) == {"Evaluator"}


def test_a_sweep_has_a_node_before_the_trainer() -> None:
    place = NODES.index("Trainer")

    assert node_names(SWEPT) == (*NODES[:place], "Tuner", *NODES[place:])
    check_node("--from", "Tuner", SWEPT, None)


def test_node_ids_are_of_the_fold() -> None:
    split = FoldSplit("fold_0", ("fold_0",), ("fold_1",))

    assert node_id("Trainer", split) == "Trainer_fold_0"
    assert node_id("Trainer", split._replace(name="")) == "Trainer"


@pytest.mark.parametrize("node", ["Trainer_fold_9", "Evaluator_"])
def test_nodes_of_folds_wait_for_the_folds_to_be_known(node: str) -> None:
    check_node("--from", node, EVERY, None)

    with pytest.raises(ConfigError, match=f"--from is '{node}'.*Known:.*Trainer_fold_2"):
        check_node("--from", node, EVERY, FOLDS)


@pytest.mark.parametrize(
    ("node", "config", "message"),
    [
        ("Trainer_fold_0", NAMED, r"'Trainer_fold_0' \(did you mean 'Trainer'\?\)"),
        ("EpochChoice", NAMED, "'EpochChoice'"),
        ("Evaluator", EVERY, "'Evaluator' .*Known:.* Evaluator_<fold>,.* Trainer_<fold>"),
        ("Tuner", NAMED, r"'Tuner', but this config has no sweep.*tune\.trials"),
        ("trainer", EVERY, r"'trainer' \(did you mean 'Trainer'\?\)"),
    ],
)
def test_a_node_that_the_run_does_not_have_is_an_error_at_once(
    node: str, config: Config, message: str
) -> None:
    with pytest.raises(ConfigError, match=f"--to is {message}"):
        check_node("--to", node, config, None)
