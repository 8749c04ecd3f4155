"""The review as files: `index.html`, `model_card.html`, `slices.csv`, `review.json`."""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import jinja2

from components.bias_review import intervals
from components.bias_review.cross_validation import Spread
from components.bias_review.groups import DEMOGRAPHIC, Group
from components.bias_review.intervals import Estimate
from components.bias_review.output import data_files
from components.bias_review.review import HeadReview, Review
from schemas.labels.rejection_reasons import STAGE_IMAGES, STAGE_LABELS
from schemas.metrics import ACCURACY, METRICS, Metric, head_metrics
from schemas.slices import QUALITY

PAGE_FILE = "index.html"
CARD_FILE = "model_card.html"
CSV_FILE = "slices.csv"
JSON_FILE = "review.json"

_STAGES = {STAGE_LABELS: "labels", STAGE_IMAGES: "images"}
_HEAD_TITLES = {"age": "Age class", "gender": "Gender", "race": "Race"}


class Cell(NamedTuple):
    """One cell of a confusion matrix."""

    images: int
    share: float | None  # Of the row's images, in [0, 1]; None: the row has none.


def render(review: Review) -> dict[str, str]:
    """All files of a review by name; the same review gives the same bytes."""
    environment = _environment()
    return {
        PAGE_FILE: environment.get_template("review.html.j2").render(review=review),
        CARD_FILE: environment.get_template("model_card.html.j2").render(review=review),
        CSV_FILE: data_files.slices_csv(review),
        JSON_FILE: data_files.review_json(review),
    }


def confusion_cells(head: HeadReview) -> list[list[Cell]]:
    """Rows are labels, columns are predictions."""
    return [
        [Cell(count, count / sum(row) if sum(row) else None) for count in row]
        for row in head.confusion
    ]


def percent(value: float) -> str:
    """A share as a number of per cent, without the sign: 0.4567 gives `45.7`."""
    return METRICS[ACCURACY].format(value)


def count(value: int) -> str:
    """A whole number with a thousands separator: 26000 gives `26,000`."""
    return f"{value:,}"


def size(group: Group) -> str:
    """The size of a group: `1 image of 1 subject`."""
    images = f"{group.images:,} image{'' if group.images == 1 else 's'}"
    return f"{images} of {group.subjects:,} subject{'' if group.subjects == 1 else 's'}"


def interval(estimate: Estimate, metric: Metric = METRICS[ACCURACY]) -> str:
    """An interval as text: `55.1 to 67.0`, marked by method, or why there is none."""
    if estimate.low is None or estimate.high is None:
        return estimate.method
    mark = intervals.MARKS.get(estimate.method, "")
    return f"{metric.format(estimate.low)} to {metric.format(estimate.high)}{mark}"


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


def outside(columns: Sequence[str]) -> str:
    """Why groups by these columns are outside the gate; empty if all columns describe people."""
    others = [column for column in columns if column not in DEMOGRAPHIC]
    kinds = {"picture quality" if column in QUALITY else "protocol": None for column in others}
    crossed = "not people alone" if len(others) < len(columns) else "not a group of people"
    return f"{' and '.join(kinds)}, {crossed}: outside the gate" if kinds else ""


def meanings(columns: Sequence[str]) -> dict[str, str]:
    """The meaning of each column of picture quality among these."""
    return {column: QUALITY[column].meaning for column in columns if column in QUALITY}


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(__package__ or "components.bias_review.output"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals |= {"other_metrics": other_metrics, "replicates": intervals.REPLICATES}
    environment.filters |= {
        "percent": percent,
        "count": count,
        "size": size,
        "interval": interval,
        "spread": spread,
        "cells": confusion_cells,
        "outside": outside,
        "meanings": meanings,
        "head_title": lambda head: _HEAD_TITLES.get(head, head),
        "stage_title": lambda stage: _STAGES.get(stage, stage),
    }
    return environment
