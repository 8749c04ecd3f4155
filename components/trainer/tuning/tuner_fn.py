"""The function that TFX's Tuner calls, and the sweep: each trial trains like the Trainer."""

import gc
import logging
import os
import time
from collections.abc import Callable, Sequence
from typing import Any

import keras
import keras_tuner
import tensorflow as tf
import tensorflow_transform as tft
from keras_tuner.engine import base_tuner
from keras_tuner.engine import trial as tuner_trial
from tfx.components.trainer.fn_args_utils import FnArgs
from tfx.components.tuner.component import TunerFnResult

from components.trainer.data.job import TrainingJob, make_job
from components.trainer.hardware import check_one_machine
from components.trainer.parameters import TrainerParameters
from components.trainer.training.checkpoint import checkpoint_folder
from components.trainer.training.distribution import prepare_devices
from components.trainer.training.fit import Fitted, fit
from components.trainer.tuning.trial_store import TrialStore
from schemas.errors import DataError, DivergedError
from schemas.sweep import LOSS, TrialResult, Values, format_values, planned, with_values

_log = logging.getLogger(__name__)


def tuner_fn(fn_args: FnArgs) -> TunerFnResult:
    """Called by TFX: the sweep of the config, ready to search."""
    parameters = TrainerParameters.from_custom_config(fn_args.custom_config)
    if parameters.tune is None:
        raise DataError("the parameters name no sweep, expected `tune`. Set tune.trials.")
    check_one_machine()
    prepare_devices(parameters.train)  # On a cluster the step has its own process, starting here.

    def make_trial(values: Values) -> TrainingJob:
        config = with_values(parameters.train, values)
        return make_job(parameters, config, fn_args.train_files)

    graph = tft.TFTransformOutput(fn_args.transform_graph_path)
    inputs = [fn_args.custom_config, fn_args.train_files, fn_args.transform_graph_path]
    store = TrialStore(checkpoint_folder(parameters.checkpoints, inputs))
    plan = planned(parameters.tune, parameters.seed)
    return TunerFnResult(Sweep(make_trial, graph, plan, store, fn_args.working_dir), {})


class PlannedOracle(keras_tuner.Oracle):
    """Returns the trials of a plan, in its order.

    keras-tuner's random search draws with repeats and gives up after twenty, so it may end before
    the last combination; the plan is known, and checked, before the run.
    """

    def __init__(self, plan: Sequence[Values]) -> None:
        self._plan = plan
        space = keras_tuner.HyperParameters()
        for name in plan[0]:
            space.Choice(name, list(dict.fromkeys(values[name] for values in plan)))
        super().__init__(
            objective=keras_tuner.Objective(LOSS, "min"),
            max_trials=len(plan),
            hyperparameters=space,
            max_consecutive_failed_trials=len(plan) + 1,  # A failed trial never ends the sweep.
        )

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """Called by keras-tuner; `trial_id` counts from 0."""
        return {
            "status": tuner_trial.TrialStatus.RUNNING,
            "values": dict(self._plan[int(trial_id)]),
        }


class Sweep(base_tuner.BaseTuner):
    """Runs each trial through `fit`, on the Trainer's split of the training folds."""

    def __init__(
        self,
        make_trial: Callable[[Values], TrainingJob],
        graph: tft.TFTransformOutput,
        plan: Sequence[Values],
        store: TrialStore,
        folder: str,
    ) -> None:
        """Prepare the search; `folder` is for temporary files."""
        super().__init__(
            PlannedOracle(plan), directory=folder, project_name="sweep", overwrite=True
        )
        self.results: list[TrialResult] = []
        self.store = store
        self._make_trial = make_trial
        self._graph = graph
        self._trials = len(plan)
        self._logs = os.path.join(folder, "logs")

    def run_trial(self, trial: Any, *_: Any, **__: Any) -> float:
        """Called by keras-tuner: returns the objective, which is minimized.

        Raises:
          FailedTrialError: the trial diverged or ran out of memory; the sweep continues.
          FatalError: any other error; it ends the sweep.
        """
        number = int(trial.trial_id) + 1
        try:
            result = self.store.read(number) or self._train(number, trial.hyperparameters.values)
            self.store.write(result)
        except Exception as error:  # keras-tuner would treat it as a failed trial.
            raise keras_tuner.errors.FatalError(str(error)) from error
        self.results.append(result)
        if result.loss is None:
            _log.warning("trial %d of %d failed: %s", number, self._trials, result.failure)
            raise keras_tuner.errors.FailedTrialError(result.failure)
        _log.info("trial %d of %d: %s", number, self._trials, result)
        return result.loss

    def on_search_end(self) -> None:
        """Called by keras-tuner after the last trial.

        Raises:
          DataError: every trial failed.
        """
        if all(result.loss is None for result in self.results):
            self.store.clear()
            first = self.results[0]
            raise DataError(
                f"all {self._trials} trials of the sweep failed, expected one or more that train: "
                f"with {format_values(first.values)}, {first.failure} Try other values under tune."
            )

    def _train(self, number: int, values: Values) -> TrialResult:
        started = time.monotonic()
        logs = os.path.join(self._logs, str(number))
        failed = TrialResult(number, dict(values), 0.0)
        try:
            job = self._make_trial(values)._replace(title=f"trial {number} of {self._trials}")
            result = _with_metrics(failed, fit(job, self._graph, logs))
        except DivergedError as error:
            result = failed._replace(failure=str(error))
        except tf.errors.ResourceExhaustedError:
            result = failed._replace(failure="the model does not fit into memory.")
        finally:
            keras.utils.clear_session()  # Frees this trial's threads before the next one trains.
            gc.collect()
        return result._replace(seconds=time.monotonic() - started)


def _with_metrics(trial: TrialResult, fitted: Fitted) -> TrialResult:
    """A trial with the validation metrics of its best epoch."""
    result = fitted.result
    measures = {name: v for name, v in result.metrics.items() if name.startswith("val_")}
    return trial._replace(
        loss=measures.pop("val_loss"),
        measures=measures,
        best_epoch=result.best_epoch or 0,
        parameters=result.parameters,
    )
