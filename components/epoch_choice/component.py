"""EpochChoice: the models of all folds to the number of epochs that the last one trains."""

import json
from collections.abc import Mapping
from typing import Any

from tfx import v1 as tfx
from tfx.dsl.components.base.base_component import BaseComponent
from tfx.dsl.components.base.executor_spec import ExecutorClassSpec
from tfx.types import standard_artifacts
from tfx.types.component_spec import ChannelParameter, ComponentSpec, ExecutionParameter

from components.epoch_choice import executor
from schemas.channels import numbered


class EpochChoice(BaseComponent):
    """One input a fold, so its inputs are counted only when it is made: a class, no function."""

    SPEC_CLASS = ComponentSpec  # Each instance has one of its own, made below.
    EXECUTOR_SPEC = ExecutorClassSpec(executor.Executor)

    def __init__(self, models: Mapping[str, Any], code: str) -> None:
        """Take the models.

        Args:
          models: {held-out fold: channel of its model}.
          code: hash of the sources behind this step; part of the cache key.
        """
        keys = numbered(executor.MODEL, len(models))
        spec = type(
            "EpochChoiceSpec",
            (ComponentSpec,),
            {
                "PARAMETERS": {
                    executor.FOLDS: ExecutionParameter(type=str),
                    executor.CODE: ExecutionParameter(type=str),
                },
                "INPUTS": {key: ChannelParameter(type=standard_artifacts.Model) for key in keys},
                "OUTPUTS": {
                    executor.CHOICE: ChannelParameter(type=standard_artifacts.HyperParameters)
                },
            },
        )
        super().__init__(
            spec(
                **dict(zip(keys, models.values(), strict=True)),
                **{
                    executor.FOLDS: json.dumps(list(models)),
                    executor.CODE: code,
                    executor.CHOICE: tfx.dsl.Channel(type=standard_artifacts.HyperParameters),
                },
            )
        )
