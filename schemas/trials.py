"""What the trials of a sweep found, and the table of them."""

import csv
import io
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from schemas.sweep import Values

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
