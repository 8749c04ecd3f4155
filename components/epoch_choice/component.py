"""EpochChoice: the models of all folds to the number of epochs of the last training."""

import json
from collections.abc import Mapping
from typing import Any

from tfx.dsl.components.base.base_component import BaseComponent
from tfx.dsl.components.base.executor_spec import ExecutorClassSpec
from tfx.types import standard_artifacts
from tfx.types.component_spec import ComponentSpec

from components.epoch_choice import executor
from schemas.artifacts import make_spec, numbered


class EpochChoice(BaseComponent):
    """A class, not a function: it has one input per fold."""

    SPEC_CLASS = ComponentSpec  # Each instance has its own.
    EXECUTOR_SPEC = ExecutorClassSpec(executor.Executor)

    def __init__(self, models: Mapping[str, Any], code: str) -> None:
        """Make the component.

        Args:
          models: {held-out fold: channel of its model}.
          code: hash of the sources behind this step; part of the cache key.
        """
        channels = dict(zip(numbered(executor.MODEL, len(models)), models.values(), strict=True))
        super().__init__(
            make_spec(
                "EpochChoiceSpec",
                dict.fromkeys(channels, standard_artifacts.Model),
                {executor.CHOICE: standard_artifacts.HyperParameters},
                {executor.FOLDS: json.dumps(list(models)), executor.CODE: code, **channels},
            )
        )
