"""What TFX's Tuner calls: a sweep whose every trial is a training like the Trainer's."""

import gc
import hashlib
import json
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

from components.trainer.data.job import Task
from components.trainer.hardware import check_one_machine
from components.trainer.run_fn import BACKUPS, SEED, TRAIN, TUNE, make_task
from components.trainer.training.distribution import prepare_devices
from components.trainer.training.fit import Fitted, fit
from components.trainer.tuning.trial_store import KeptTrials
from schemas.config.blocks import TuneConfig
from schemas.config.serialization import load
from schemas.config.train import TrainConfig
from schemas.errors import DataError, DivergedError
from schemas.sweep import LOSS, TrialResult, Values, format_values, planned, with_values

_log = logging.getLogger(__name__)


def tuner_fn(fn_args: FnArgs) -> TunerFnResult:
    """Called by TFX: the sweep of the config, ready to search."""
    custom: dict[str, Any] = fn_args.custom_config
    shared = load(TrainConfig, custom[TRAIN])  # By all trials.
    check_one_machine()
    prepare_devices(shared)  # On a cluster the step has a process of its own, which begins here.

    def task_of(values: Values) -> Task:
        return make_task(fn_args, with_values(shared, values))

    graph = tft.TFTransformOutput(fn_args.transform_graph_path)
    kept = KeptTrials(os.path.join(custom[BACKUPS], _identity(fn_args)))
    plan = planned(load(TuneConfig, custom[TUNE]), custom[SEED])
    return TunerFnResult(Sweep(task_of, graph, plan, kept, fn_args.working_dir), {})


def _identity(fn_args: FnArgs) -> str:
    """Equal for equal sweeps alone: over the config, the code's hash and the inputs' places."""
    parts = [fn_args.custom_config, fn_args.train_files, fn_args.transform_graph_path]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


class PlannedOracle(keras_tuner.Oracle):
    """Gives out the trials of a plan, in its order.

    keras-tuner's own random search draws with repeats and gives up after twenty, so it may end
    before the last combination; the plan is known, and checked, before the run.
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
    """Runs each trial through `fit`, on the Trainer's own division of the training folds."""

    def __init__(
        self,
        task_of: Callable[[Values], Task],
        graph: tft.TFTransformOutput,
        plan: Sequence[Values],
        kept: KeptTrials,
        folder: str,
    ) -> None:
        """`task_of` makes a trial's training; `folder` takes what is not kept."""
        super().__init__(
            PlannedOracle(plan), directory=folder, project_name="sweep", overwrite=True
        )
        self.results: list[TrialResult] = []
        self.kept = kept
        self._task_of = task_of
        self._graph = graph
        self._trials = len(plan)
        self._logs = os.path.join(folder, "logs")

    def run_trial(self, trial: Any, *_: Any, **__: Any) -> float:
        """Called by keras-tuner: gives the objective, the smaller the better.

        Raises:
          FailedTrialError: the trial diverged or took too much memory; the sweep goes on.
          FatalError: anything else went wrong; it ends the sweep.
        """
        number = int(trial.trial_id) + 1
        try:
            result = self.kept.read(number) or self._train(number, trial.hyperparameters.values)
            self.kept.write(result)
        except Exception as error:  # Else keras-tuner takes it for a failed trial.
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
          DataError: no trial came to an end.
        """
        if all(result.loss is None for result in self.results):
            self.kept.forget()
            first = self.results[0]
            raise DataError(
                f"all {self._trials} trials of the sweep failed, expected one or more that train: "
                f"with {format_values(first.values)}, {first.failure} Try other values under tune."
            )

    def _train(self, number: int, values: Values) -> TrialResult:
        began = time.monotonic()
        logs = os.path.join(self._logs, str(number))
        failed = TrialResult(number, dict(values), 0.0)
        try:
            task = self._task_of(values)._replace(title=f"trial {number} of {self._trials}")
            result = _measured(failed, fit(task, self._graph, logs))
        except DivergedError as error:
            result = failed._replace(failure=str(error))
        except tf.errors.ResourceExhaustedError:
            result = failed._replace(failure="the model does not fit into memory.")
        finally:
            keras.utils.clear_session()  # Frees this trial's threads before the next one trains.
            gc.collect()
        return result._replace(seconds=time.monotonic() - began)


def _measured(trial: TrialResult, fitted: Fitted) -> TrialResult:
    """A trial with the validation metrics of its best epoch."""
    result = fitted.result
    measures = {name: v for name, v in result.metrics.items() if name.startswith("val_")}
    return trial._replace(
        loss=measures.pop("val_loss"),
        measures=measures,
        best_epoch=result.best_epoch or 0,
        parameters=result.parameters,
    )
