"""BiasReview: the predictions of all held-out folds to one page and one verdict."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from tfx import v1 as tfx
from tfx.dsl.components.base.base_component import BaseComponent
from tfx.dsl.components.base.executor_spec import ExecutorClassSpec
from tfx.types import standard_artifacts
from tfx.types.component_spec import ChannelParameter, ComponentSpec, ExecutionParameter

from components.bias_review import executor
from schemas.artifacts import ImageReport, LabelReport, ReviewPage
from schemas.channels import numbered

_OUTPUTS = {executor.PAGE: ReviewPage, executor.BLESSING: standard_artifacts.ModelBlessing}
_ONCE_A_ROUND = {
    executor.EVALUATION: standard_artifacts.ModelEvaluation,
    executor.EVALUATOR_BLESSING: standard_artifacts.ModelBlessing,
    executor.MODEL: standard_artifacts.Model,
}
_ONCE = {
    executor.PUSHED: standard_artifacts.Model,
    executor.LABEL_REPORT: LabelReport,
    executor.IMAGE_REPORT: ImageReport,
}


class RoundChannels(NamedTuple):
    """What one round gives: a model and its evaluation on the folds it was not trained on."""

    evaluation: Any
    evaluator_blessing: Any
    model: Any


class BiasReview(BaseComponent):
    """Its inputs are counted only when it is made, three a round: a class, no function."""

    SPEC_CLASS = ComponentSpec  # Each instance has one of its own, made below.
    EXECUTOR_SPEC = ExecutorClassSpec(executor.Executor)

    def __init__(self, rounds: Sequence[RoundChannels], **given: Any) -> None:
        """Take what the rounds gave.

        Args:
          rounds: one, or one a fold.
          given: the other channels and the parameters, by the keys in `executor`.
        """
        channels = {
            key: channel
            for kind in _ONCE_A_ROUND
            for key, channel in zip(
                numbered(kind, len(rounds)), (getattr(each, kind) for each in rounds), strict=True
            )
        }
        kinds = {key: _ONCE_A_ROUND[key.rpartition("_")[0]] for key in channels} | _ONCE
        parameters = (executor.CONFIG, executor.PROTOCOL, executor.CODE)
        spec = type(
            "BiasReviewSpec",
            (ComponentSpec,),
            {
                "PARAMETERS": {key: ExecutionParameter(type=str) for key in parameters},
                "INPUTS": {key: ChannelParameter(type=kind) for key, kind in kinds.items()},
                "OUTPUTS": {key: ChannelParameter(type=kind) for key, kind in _OUTPUTS.items()},
            },
        )
        outputs = {key: tfx.dsl.Channel(type=kind) for key, kind in _OUTPUTS.items()}
        super().__init__(spec(**channels, **given, **outputs))
