"""The graph of a cross-validation: who is trained on whom, and what makes what run again."""

import json
from dataclasses import replace
from typing import Any

import pytest
from tfx.dsl.compiler import compiler
from tfx.proto.orchestration import pipeline_pb2

from components.trainer.parameters import TrainerParameters
from pipelines.nodes import node_names
from pipelines.pipeline import create_pipeline
from pipelines.run_context import RunContext
from schemas.config.blocks import Config, DataConfig, EvaluateConfig, FoldsConfig
from schemas.config.train import TrainConfig

pytestmark = pytest.mark.tf

FOLDS = ("fold_0", "fold_1", "fold_2")
CROSSED = Config("test", (DataConfig("adience", "l", "i"),), folds=FoldsConfig(test="all"))


def nodes_of(
    config: Config, folds: tuple[str, ...] = FOLDS
) -> dict[str, pipeline_pb2.PipelineNode]:
    context = RunContext("root", "schema", "", (), folds, ())
    ir = compiler.Compiler().compile(create_pipeline(config, context))
    return {node.pipeline_node.node_info.id: node.pipeline_node for node in ir.nodes}


@pytest.fixture(scope="module")
def nodes() -> dict[str, pipeline_pb2.PipelineNode]:
    return nodes_of(CROSSED)


def parameter(node: pipeline_pb2.PipelineNode, name: str) -> Any:
    """One parameter of a node, which is JSON."""
    return json.loads(node.parameters.parameters[name].field_value.string_value)


def parameters(trainer: pipeline_pb2.PipelineNode) -> TrainerParameters:
    return TrainerParameters.from_custom_config(parameter(trainer, "custom_config"))


def sources(node: pipeline_pb2.PipelineNode) -> dict[str, str]:
    """Input key to the node that it comes from."""
    return {
        key: spec.channels[0].producer_node_query.id for key, spec in node.inputs.inputs.items()
    }


def test_the_nodes_are_those_that_can_be_named(nodes: dict[str, Any]) -> None:
    assert set(nodes) == set(node_names(CROSSED, FOLDS))


@pytest.mark.parametrize("fold", FOLDS)
def test_each_fold_is_evaluated_by_the_model_of_the_other_folds(
    fold: str, nodes: dict[str, Any]
) -> None:
    others = [name for name in FOLDS if name != fold]
    trainer, evaluator = nodes[f"Trainer_{fold}"], nodes[f"Evaluator_{fold}"]

    assert parameter(trainer, "train_args")["splits"] == others
    assert parameter(trainer, "eval_args")["splits"] == others
    assert parameters(trainer).held_out == (fold,)
    assert parameter(evaluator, "splits") == [fold]
    assert sources(evaluator)["model"] == f"Trainer_{fold}"
    assert "hyperparameters" not in trainer.inputs.inputs


def test_the_last_model_trains_on_all_folds_as_long_as_was_chosen_and_is_pushed(
    nodes: dict[str, Any],
) -> None:
    trainer = nodes["Trainer"]

    assert parameter(trainer, "train_args")["splits"] == list(FOLDS)
    assert parameters(trainer).held_out is None
    assert sources(trainer)["hyperparameters"] == "EpochChoice"
    assert set(sources(nodes["EpochChoice"]).values()) == {f"Trainer_{fold}" for fold in FOLDS}
    reviewed = {"blessing": "BiasReview", "page": "BiasReview"}
    assert sources(nodes["Pusher"]) == {"model": "Trainer", **reviewed}


def test_the_review_merges_all_folds_and_judges_no_other_model(nodes: dict[str, Any]) -> None:
    found = sources(nodes["BiasReview"])

    for place, fold in enumerate(FOLDS):
        assert found[f"evaluation_{place}"] == f"Evaluator_{fold}"
        assert found[f"model_{place}"] == f"Trainer_{fold}"
    assert found["pushed"] == "Trainer"
    assert parameter(nodes["BiasReview"], "protocol")["held_out"] == [[fold] for fold in FOLDS]


def test_the_data_are_read_once_and_by_one_graph(nodes: dict[str, Any]) -> None:
    for name in ("FaceExampleGen", "Transform"):
        followers = {node for node, found in nodes.items() if name in sources(found).values()}
        assert {f"Trainer_{fold}" for fold in FOLDS} < followers


def test_a_node_changes_with_its_own_settings_alone(nodes: dict[str, Any]) -> None:
    trained = nodes_of(replace(CROSSED, train=TrainConfig(epochs=3)))
    judged = nodes_of(replace(CROSSED, evaluate=EvaluateConfig(min_images=3)))

    def changed(other: dict[str, Any]) -> set[str]:
        return {name for name in nodes if nodes[name].parameters != other[name].parameters}

    trainers = {"Trainer", *(f"Trainer_{fold}" for fold in FOLDS)}
    assert changed(trained) == trainers
    assert changed(judged) == {"BiasReview"}


def test_two_folds_are_enough() -> None:
    found = nodes_of(CROSSED, ("a", "b"))

    assert parameter(found["Trainer_a"], "train_args")["splits"] == ["b"]
    assert set(found) == set(node_names(CROSSED, ("a", "b")))
