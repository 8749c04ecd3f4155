"""Published results on Adience, each with the protocol of its measurement."""

from collections.abc import Sequence
from typing import NamedTuple

from components.bias_review.run_info import RunInfo
from schemas.folds import fold_names

ADIENCE_ROWS = 19_487  # Of the five published fold files; other data may have their layout.
ADIENCE_FOLDS = frozenset(fold_names(5))


class PublishedResult(NamedTuple):
    """A result as printed; the source defines its plus-minus."""

    head: str
    exact: str  # Per cent.
    one_off: str  # Per cent; empty: not given.
    protocol: str
    source: str


class Comparison(NamedTuple):
    """Published results on the heads under review."""

    results: tuple[PublishedResult, ...]
    why_none: str  # Empty if there are results.
    differences: tuple[str, ...]  # Between the published protocol and that of the run.


_FIVE_FOLDS = "five folds held out in turn, no subject shared between them"
_LEVI_HASSNER = "Levi and Hassner 2015"

PUBLISHED = (
    PublishedResult("age", "50.7 ± 5.1", "84.7 ± 2.2", _FIVE_FOLDS, _LEVI_HASSNER),
    PublishedResult("gender", "86.8 ± 1.4", "", _FIVE_FOLDS, _LEVI_HASSNER),
)


def compare(run: RunInfo, heads: Sequence[str]) -> Comparison:
    """The published results on the heads; none for data other than the whole of Adience."""
    why_none = _why_none(run, heads)
    results = () if why_none else tuple(result for result in PUBLISHED if result.head in heads)
    return Comparison(results, why_none, _protocol_differences(run))


def _why_none(run: RunInfo, heads: Sequence[str]) -> str:
    known = [result.head for result in PUBLISHED]
    if not set(known) & set(heads):
        return f"{_LEVI_HASSNER} is of {' and '.join(known)}, not of {' and '.join(heads)}"
    if set(run.datasets) != {"adience"}:
        return f"{_LEVI_HASSNER} is of Adience; these data are {', '.join(run.datasets)}"
    rows = run.accounting[0].rows if run.accounting else 0
    if rows != ADIENCE_ROWS:
        return (
            f"{_LEVI_HASSNER} is of Adience's {ADIENCE_ROWS:,} label rows; these data have its "
            f"layout and {rows:,} rows"
        )
    return ""


def _protocol_differences(run: RunInfo) -> tuple[str, ...]:
    differences = []
    if missing := sorted(ADIENCE_FOLDS - set(run.held_out)):
        differences.append(
            f"held out here: {', '.join(run.held_out)}; not held out: {', '.join(missing)}"
        )
    if run.policy != "strict":
        differences.append(
            f"label policy here: {run.policy}, which accepts other label texts than the eight "
            "official ones"
        )
    return tuple(differences)
