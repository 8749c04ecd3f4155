"""A sweep as data: which values of `train` are tried, and in which order.

Plain values, so that the config is checked, and the summary told, without Keras.
"""

import csv
import io
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple

from schemas.config.blocks import TuneConfig
from schemas.config.train import TrainConfig, first_phase

Values = dict[str, float]  # Parameter to the value of one trial; units and layers are whole.
TRIALS_FILE = "trials.csv"  # In the Tuner's `tuner_results`.

# Columns of the table; the parameters, and then what else was measured, stand between the two.
RANK, TRIAL, LOSS = "rank", "trial", "validation_loss"
BEST_EPOCH, SIZE, SECONDS, FAILURE = "best_epoch", "parameters", "seconds", "failure"


class TrialResult(NamedTuple):
    """One trial that ended, well or not."""

    number: int  # From 1, in the order of the plan.
    values: Values
    seconds: float
    # The objective, the smaller the better: validation loss of the best epoch, summed over the
    # heads. None: the trial failed.
    loss: float | None = None
    # The best epoch's other validation numbers, as Keras names them.
    measures: Mapping[str, float] = MappingProxyType({})
    best_epoch: int = 0  # From 1; 0 where it failed.
    parameters: int = 0  # Of the model; 0 where it failed.
    failure: str = ""  # Why it failed.


def ranked(results: Sequence[TrialResult]) -> list[TrialResult]:
    """The best first, of equals the earlier; then those that failed."""
    done = [result for result in results if result.loss is not None]
    failed = [result for result in results if result.loss is None]
    return [*sorted(done, key=lambda result: (result.loss, result.number)), *failed]


def table(results: Sequence[TrialResult]) -> str:
    """The trials as CSV, a row each, the best first."""
    parameters = list(results[0].values)
    measures = sorted({name for result in results for name in result.measures})
    text = io.StringIO()
    columns = [RANK, TRIAL, *parameters, LOSS, *measures, BEST_EPOCH, SIZE, SECONDS, FAILURE]
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    for rank, result in enumerate(ranked(results), start=1):
        row = {TRIAL: result.number, **result.values, SECONDS: f"{result.seconds:.1f}"}
        if result.loss is None:
            row[FAILURE] = result.failure
        else:
            row |= {RANK: rank, LOSS: f"{result.loss:.6f}"}
            row |= {BEST_EPOCH: result.best_epoch, SIZE: result.parameters}
            row |= {name: f"{value:.6f}" for name, value in result.measures.items()}
        writer.writerow(row)
    return text.getvalue()


# Keys of `tune` that are lists of values to try, in the order of the table's columns.
PARAMETERS = ("learning_rate", "dropout", "units", "layers")


def axes(tune: TuneConfig) -> dict[str, tuple[float, ...]]:
    """The parameters that are varied, each with its values."""
    return {name: getattr(tune, name) for name in PARAMETERS if getattr(tune, name)}


def combinations(tune: TuneConfig) -> int:
    """How many different trials there could be; 0 where nothing is varied."""
    varied = axes(tune)
    return math.prod(map(len, varied.values())) if varied else 0


def planned(tune: TuneConfig, seed: int) -> list[Values]:
    """The trials of a checked sweep: all combinations, or as many of them as are asked for.

    The last parameter turns fastest. Fewer than all are drawn without repeats: a random draw of
    a grid's points tries more values of each parameter than a corner of the grid does.

    Args:
      tune: `tune.trials` is at most `combinations`.
      seed: another seed, another draw.
    """
    chosen = sorted(random.Random(seed).sample(range(combinations(tune)), tune.trials))
    return [_combination(tune, index) for index in chosen]


def _combination(tune: TuneConfig, index: int) -> Values:
    """One point of the grid by its number, from 0."""
    values: Values = {}
    varied = axes(tune)
    for name in reversed(varied):
        index, place = divmod(index, len(varied[name]))
        values[name] = varied[name][place]
    return {name: values[name] for name in varied}


def with_values(train: TrainConfig, values: Values) -> TrainConfig:
    """`train` with one trial's values in their places; `units` and `layers` come together."""
    net = train.net
    if "units" in values:
        net = replace(net, units=(int(values["units"]),) * int(values["layers"]))
    if "dropout" in values:
        net = replace(net, dropout=values["dropout"])
    rate = values.get("learning_rate", train.learning_rate)
    return replace(train, net=net, learning_rate=rate)


def trial_base(train: TrainConfig, tune: TuneConfig) -> TrainConfig:
    """What all trials share: a pretrained model is tried in its first phase alone."""
    return replace(train, epochs=tune.epochs, transfer=first_phase(train.transfer))


def format_values(values: Values) -> str:
    """The values as text, such as `learning_rate 0.01, dropout 0.5`."""
    return ", ".join(f"{name} {value}" for name, value in values.items())
