"""BiasReview: the predictions on all held-out folds to one page and one verdict."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from tfx.dsl.components.base.base_component import BaseComponent
from tfx.dsl.components.base.executor_spec import ExecutorClassSpec
from tfx.types import standard_artifacts
from tfx.types.component_spec import ComponentSpec

from components.bias_review import executor
from schemas.artifacts import (
    ImageReport,
    LabelReport,
    Manifest,
    Rejects,
    ReviewPage,
    make_spec,
    numbered,
)

_OUTPUTS = {executor.PAGE: ReviewPage, executor.BLESSING: standard_artifacts.ModelBlessing}
_INPUTS_OF_SPLIT = {
    executor.EVALUATION: standard_artifacts.ModelEvaluation,
    executor.MODEL: standard_artifacts.Model,
}
_INPUTS = {
    executor.PUSHED: standard_artifacts.Model,
    executor.LABEL_REPORT: LabelReport,
    executor.ACCEPTED: Manifest,
    executor.IMAGE_REJECTS: Rejects,
    executor.EXAMPLES: standard_artifacts.Examples,
    executor.IMAGE_REPORT: ImageReport,
}


class SplitChannels(NamedTuple):
    """A model, and its evaluation on the folds held out from it."""

    evaluation: Any
    model: Any


class BiasReview(BaseComponent):
    """A class, not a function: the number of its inputs is known only when it is made."""

    SPEC_CLASS = ComponentSpec  # Each instance has its own.
    EXECUTOR_SPEC = ExecutorClassSpec(executor.Executor)

    def __init__(self, splits: Sequence[SplitChannels], **values: Any) -> None:
        """Make the component.

        Args:
          splits: one, or one per fold.
          values: the other channels and the parameters, by the keys in `executor`.
        """
        inputs, channels = dict(_INPUTS), {}
        for name, kind in _INPUTS_OF_SPLIT.items():
            for key, split in zip(numbered(name, len(splits)), splits, strict=True):
                inputs[key], channels[key] = kind, getattr(split, name)
        super().__init__(make_spec("BiasReviewSpec", inputs, _OUTPUTS, values | channels))
