"""TFX's Tuner, which also writes the table of its trials."""

import os
from typing import Any

from tfx.components.tuner import executor as tuner_executor
from tfx.components.tuner.component import Tuner as TfxTuner
from tfx.dsl.components.base import executor_spec
from tfx.dsl.io import fileio
from tfx.types import artifact_utils, standard_component_specs
from tfx.utils import io_utils

from schemas.sweep import TRIALS_FILE, table


class Executor(tuner_executor.Executor):
    """TFX's search, for a `Sweep`."""

    def Do(  # noqa: N802 - TFX names it.
        self,
        input_dict: dict[str, list[Any]],
        output_dict: dict[str, list[Any]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Called by TFX: write the best parameters, TFX's own results and `trials.csv`."""
        for artifacts in output_dict.values():
            for artifact in artifacts:
                fileio.makedirs(artifact.uri)
        sweep = tuner_executor.search(input_dict, exec_properties, self._get_tmp_dir())
        tuner_executor.write_best_hyperparameters(sweep, output_dict)
        results = output_dict[standard_component_specs.TUNER_RESULTS_KEY]
        path = os.path.join(artifact_utils.get_single_uri(results), TRIALS_FILE)
        io_utils.write_string_file(path, table(sweep.results))
        sweep.store.clear()


class Tuner(TfxTuner):
    """TFX's Tuner with the executor above."""

    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)
