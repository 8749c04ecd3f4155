"""The review as files: `index.html`, `model_card.html`, `slices.csv`, `review.json`."""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import jinja2

from components.bias_review import intervals, published_results
from components.bias_review.groups import DEMOGRAPHIC
from components.bias_review.output import data_files
from components.bias_review.review import HeadReview, Review
from schemas.labels.rejection_reasons import STAGE_IMAGES, STAGE_LABELS
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
    heads = [head.head for head in review.heads]
    page = {
        "review": review,
        "facts": review.facts,
        "verdict": review.verdict,
        "config": review.config,
        "thresholds": review.config.thresholds,
        "replicates": intervals.REPLICATES,
        "published": published_results.published_for(review.facts, heads),
        "why_none": published_results.why_none(review.facts, heads),
        "differences": published_results.protocol_differences(review.facts),
        "unjudged": [group for group in review.groups if not group.judged],
    }
    return {
        PAGE_FILE: _environment().get_template("index.html.j2").render(page),
        CARD_FILE: _environment().get_template("model_card.html.j2").render(page),
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
    return f"{100 * value:.1f}"


def count(value: int) -> str:
    """A whole number with thousands marked: 26000 gives `26,000`."""
    return f"{value:,}"


def signed(value: float) -> str:
    """A difference with its sign: 0.1234 gives `+0.12`, and what rounds to nothing `0.00`."""
    text = f"{value:+.2f}"
    return "0.00" if float(text) == 0 else text


def decimal(value: float) -> str:
    """A number of classes: 0.456 gives `0.46`."""
    return f"{value:.2f}"


def outside(columns: Sequence[str]) -> str:
    """Why groups by these columns are outside the gate; empty where they are of people alone."""
    others = [column for column in columns if column not in DEMOGRAPHIC]
    kinds = {"picture quality" if column in QUALITY else "protocol": None for column in others}
    crossed = "not people alone" if len(others) < len(columns) else "not a group of people"
    return f"{' and '.join(kinds)}, {crossed}: outside the gate" if kinds else ""


def meanings(columns: Sequence[str]) -> dict[str, str]:
    """What stands behind the columns of picture quality among these, by column."""
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
    environment.filters |= {
        "percent": percent,
        "count": count,
        "signed": signed,
        "decimal": decimal,
        "cells": confusion_cells,
        "outside": outside,
        "meanings": meanings,
        "head_title": lambda head: _HEAD_TITLES.get(head, head),
        "stage_title": lambda stage: _STAGES.get(stage, stage),
    }
    return environment
