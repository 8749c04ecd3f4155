"""Numbers and groups as the text of the page: the filters of its templates."""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Any, NamedTuple

from components.bias_review.cross_validation import Spread
from components.bias_review.gaps import accuracy
from components.bias_review.gate import Bounded, Verdict
from components.bias_review.groups import Group
from components.bias_review.measures import intervals
from components.bias_review.measures.intervals import Estimate
from components.bias_review.plain_words import class_title, column_title, people_title
from components.bias_review.review import HeadReview
from schemas.labels.rejection_reasons import STAGE_IMAGES, STAGE_LABELS
from schemas.metrics import ACCURACY, METRICS, Metric, head_metrics
from schemas.slices import QUALITY

_VERDICTS = {
    "released": "May be released",
    "refused": "Not released",
    "undecidable": "Not decidable",
}
_STAGES = {STAGE_LABELS: "labels", STAGE_IMAGES: "images"}
_HEAD_TITLES = {"age": "Age class", "gender": "Gender", "race": "Race"}
_LISTED_MISTAKES = 4
_STATES = ("worst group", "below threshold", "judged", "shown", "too few to judge", "value unknown")


class Cell(NamedTuple):
    """One cell of a confusion matrix."""

    images: int
    share: float | None  # Of the row's images, in [0, 1]; None: the row has none.


def confusion_cells(head: HeadReview) -> list[list[Cell]]:
    """Rows are labels, columns are predictions."""
    return [
        [Cell(count, count / sum(row) if sum(row) else None) for count in row]
        for row in head.confusion
    ]


def percent(value: float) -> str:
    """A share as a number of per cent, without the sign: 0.4567 gives `45.7`."""
    return METRICS[ACCURACY].format(value)


def percent_or_none(value: float | None) -> str:
    """A share in per cent, or `none`."""
    return percent_or(value, "none")


def percent_or(value: float | None, missing: str) -> str:
    """A share in per cent, or words for a missing one."""
    return missing if value is None else percent(value)


def decimals(value: float | None) -> str:
    """A number with three decimals, or `none`."""
    return "none" if value is None else f"{value:.3f}"


def count(value: int) -> str:
    """A whole number with a thousands separator: 26000 gives `26,000`."""
    return f"{value:,}"


def size(group: Group) -> str:
    """The size of a group: `1 image of 1 subject`."""
    images = f"{group.images:,} image{'' if group.images == 1 else 's'}"
    return f"{images} of {group.subjects:,} subject{'' if group.subjects == 1 else 's'}"


def interval(estimate: Estimate, metric: Metric = METRICS[ACCURACY]) -> str:
    """An interval as text: `55.1 to 67.0`, or why there is none."""
    if estimate.low is None or estimate.high is None:
        return f"no interval: {estimate.method}"
    return f"{metric.format(estimate.low)} to {metric.format(estimate.high)}"


def difference_interval(difference: Bounded) -> str:
    """The interval of a difference in percentage points: `12.0 to 40.1`."""
    low, high = difference.bounds(intervals.TAIL)
    return f"{percent(low)} to {percent(high)}"


def p_value(p: float) -> str:
    """A p-value: `p = 0.023`, `p < 0.001`."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def chance(p: float) -> str:
    """A probability in words: `once in 40 draws`, `less than once in 1,000 draws`."""
    return "less than once in 1,000 draws" if p < 0.001 else f"once in {round(1 / p):,} draws"


def verdict_title(verdict: Verdict) -> str:
    """The verdict in plain words."""
    return _VERDICTS[verdict.state]


def spread(spread: Spread, metric: Metric = METRICS[ACCURACY]) -> str:
    """A mean over folds as text: `85.3 ± 2.1`."""
    mean = metric.format(spread.mean)
    return mean if spread.deviation is None else f"{mean} ± {metric.format(spread.deviation)}"


def other_metrics(*heads: str, headline: bool = False) -> dict[str, Metric]:
    """The metrics of the heads beside accuracy, or only the headline metrics among them."""
    return {
        name: metric
        for name, metric in METRICS.items()
        if name != ACCURACY
        and (metric.headline or not headline)
        and any(name in head_metrics(head) for head in heads)
    }


def meanings(columns: Iterable[str]) -> dict[str, str]:
    """The meaning of each column of picture quality among these."""
    return {column: QUALITY[column].meaning for column in columns if column in QUALITY}


def wrong(group: Group) -> int:
    """Number of images with a wrong answer."""
    return sum(mistake.images for mistake in group.behaviour.mistakes) if group.behaviour else 0


def mistakes_text(group: Group) -> str:
    """The most frequent mistakes: `4 of 8 called 8-12, 2 called 25-32`.

    The labels are named where the group has several.
    """
    if group.behaviour is None or not group.behaviour.mistakes:
        return ""
    mistakes = group.behaviour.mistakes
    one = group.head in group.columns
    texts = [
        f"{mistake.images:,}{_of(group, mistake.label, one=one, first=number == 0)} called "
        f"{class_title(group.head, mistake.predicted)}"
        for number, mistake in enumerate(mistakes[:_LISTED_MISTAKES])
    ]
    left = sum(mistake.images for mistake in mistakes[_LISTED_MISTAKES:])
    return ", ".join([*texts, f"{left:,} other{'' if left == 1 else 's'}"] if left else texts)


def _of(group: Group, label: str, *, one: bool, first: bool) -> str:
    if not one:
        return f" of {class_title(group.head, label)}"
    return f" of {group.images:,}" if first else ""


def worst_first(head: HeadReview) -> list[Group]:
    """All groups of all slices: those judged by rising accuracy, then the others."""
    groups = [group for part in head.slices for group in part.groups]
    return sorted(groups, key=_badness)


def _badness(group: Group) -> tuple[bool, float, str]:
    value = accuracy(group).value if group.accuracy else 2.0
    return (not group.judged, value, group.title)


def state(group: Group, head: HeadReview, threshold: float) -> str:
    """Whether a group was judged, and with which result: one of the states."""
    if not group.judged:
        return group.why_not.split(":")[0]
    if not group.demographic:
        return "shown"
    if head.worst and group.name == head.worst.name:
        return "worst group"
    return "below threshold" if accuracy(group).value < threshold else "judged"


def states(head: HeadReview, threshold: float) -> list[str]:
    """The states that occur under a head, the worst first."""
    found = {state(group, head, threshold) for part in head.slices for group in part.groups}
    return [name for name in _STATES if name in found]


def people_of_records(head: HeadReview) -> list[str]:
    """The people of a head's class records: all, then each gender."""
    return list(dict.fromkeys(record.people for record in head.records))


def share_of(share: float | None, right: int, total: int) -> str:
    """A share with its counts: `87.5 (7 of 8)`."""
    return "none" if share is None else f"{percent(share)} ({right:,} of {total:,})"


def threshold_text(threshold: float, of: str) -> str:
    """What the gate asks of an accuracy, such as `Overall: 60 % or more.`."""
    return f"{of}: {100 * threshold:g} % or more." if threshold else f"{of}: no threshold."


def flat(slices: Iterable[str | Sequence[str]]) -> list[str]:
    """The columns of all slices."""
    return list(chain.from_iterable([each] if isinstance(each, str) else each for each in slices))


FILTERS: dict[str, Callable[..., Any]] = {
    "cells": confusion_cells,
    "chance": chance,
    "class_title": lambda name, head: class_title(head, name),
    "column_title": column_title,
    "count": count,
    "decimals": decimals,
    "difference_interval": difference_interval,
    "exact": lambda value: f"{value:.6g}",
    "flat": flat,
    "head_title": lambda head: _HEAD_TITLES.get(head, head),
    "interval": interval,
    "meanings": meanings,
    "mistakes_text": mistakes_text,
    "p_value": p_value,
    "people_of_records": people_of_records,
    "people_title": people_title,
    "percent": percent,
    "percent_or": percent_or,
    "percent_or_none": percent_or_none,
    "share_of": share_of,
    "single_title": lambda column: column_title([column]),
    "size": size,
    "spread": spread,
    "stage_title": lambda stage: _STAGES.get(stage, stage),
    "state": state,
    "states": states,
    "threshold_text": threshold_text,
    "verdict_title": verdict_title,
    "worst_first": worst_first,
    "wrong": wrong,
}
