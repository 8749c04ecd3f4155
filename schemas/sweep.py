"""A hyperparameter sweep as data: planned trials and their results, without Keras."""

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
from schemas.csv_cells import escape_row

Values = dict[str, float]  # Parameter to its value in one trial; units and layers are whole.
TRIALS_FILE = "trials.csv"  # In the Tuner's `tuner_results`.

# Columns of the table; parameters and further metrics stand between these two groups.
RANK, TRIAL, LOSS = "rank", "trial", "validation_loss"
BEST_EPOCH, SIZE, SECONDS, FAILURE = "best_epoch", "parameters", "seconds", "failure"


class TrialResult(NamedTuple):
    """A finished trial, successful or failed."""

    number: int  # From 1, in the order of the plan.
    values: Values
    seconds: float
    # Objective to minimize: validation loss of the best epoch, summed over the heads. None: failed.
    loss: float | None = None
    # Other validation metrics of the best epoch, by their Keras names.
    measures: Mapping[str, float] = MappingProxyType({})
    best_epoch: int = 0  # From 1; 0: failed.
    parameters: int = 0  # Of the model; 0: failed.
    failure: str = ""  # Reason of the failure.


def ranked(results: Sequence[TrialResult]) -> list[TrialResult]:
    """Results by objective, the best first, ties in order of the plan; failed trials last."""
    return sorted(
        results, key=lambda result: (result.loss is None, result.loss or 0.0, result.number)
    )


def table(results: Sequence[TrialResult]) -> str:
    """Ranked trials as CSV."""
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
        writer.writerow(dict(zip(row, escape_row(row.values()), strict=True)))
    return text.getvalue()


# Keys of `tune` that are lists of values to try, in the order of the table's columns.
PARAMETERS = ("learning_rate", "dropout", "units", "layers")


def axes(tune: TuneConfig) -> dict[str, tuple[float, ...]]:
    """Varied parameters and their values."""
    return {name: getattr(tune, name) for name in PARAMETERS if getattr(tune, name)}


def combinations(tune: TuneConfig) -> int:
    """Number of different trials; 0 if nothing is varied."""
    varied = axes(tune)
    return math.prod(map(len, varied.values())) if varied else 0


def planned(tune: TuneConfig, seed: int) -> list[Values]:
    """Trials of a sweep: all combinations, or a random sample of `tune.trials`.

    The last parameter varies fastest. A sample of the grid tries more values of each parameter than
    an equal number of consecutive points. `tune.trials` is at most `combinations`.
    """
    chosen = sorted(random.Random(seed).sample(range(combinations(tune)), tune.trials))
    return [_combination(tune, index) for index in chosen]


def _combination(tune: TuneConfig, index: int) -> Values:
    """The grid point at an index."""
    values: Values = {}
    varied = axes(tune)
    for name in reversed(varied):
        index, position = divmod(index, len(varied[name]))
        values[name] = varied[name][position]
    return {name: values[name] for name in varied}


def with_values(train: TrainConfig, values: Values) -> TrainConfig:
    """`train` with the values of one trial; `units` and `layers` come together."""
    net = train.net
    if "units" in values:
        net = replace(net, units=(int(values["units"]),) * int(values["layers"]))
    if "dropout" in values:
        net = replace(net, dropout=values["dropout"])
    rate = values.get("learning_rate", train.learning_rate)
    return replace(train, net=net, learning_rate=rate)


def trial_base(train: TrainConfig, tune: TuneConfig) -> TrainConfig:
    """Settings that all trials share; of a pretrained model only the first phase."""
    return replace(train, epochs=tune.epochs, transfer=first_phase(train.transfer))


def format_values(values: Values) -> str:
    """The values as text, such as `learning_rate 0.01, dropout 0.5`."""
    return ", ".join(f"{name} {value}" for name, value in values.items())
