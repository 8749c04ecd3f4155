"""Groups of faces by people, fold and picture quality, with the metrics of each."""

import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from components.bias_review.measures.behaviour import Behaviour, behaviour
from components.bias_review.measures.estimates import Estimator
from components.bias_review.measures.intervals import Estimate
from components.bias_review.plain_words import group_title
from components.bias_review.predictions import HeadRows
from schemas.config.blocks import EvaluateConfig
from schemas.labels.classes import GENDERS, RACE_TABLES, UNKNOWN
from schemas.metrics import ACCURACY
from schemas.slices import PEOPLE, QUALITY, bucket_names, joined

DEMOGRAPHIC = frozenset(PEOPLE)
OVERALL = "overall"
# Tables of each column's classes; that with most of a page's classes applies.
_CLASS_ORDERS = {"gender": (GENDERS,), "race": tuple(map(tuple, RACE_TABLES.values()))}

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


class Group(NamedTuple):
    """One group of faces under one head."""

    slice: str  # `gender x age`.
    columns: tuple[str, ...]
    values: tuple[str, ...]  # Of each column.
    name: str  # `gender=f x age=48-53`.
    head: str
    images: int
    subjects: int
    metrics: Mapping[str, Estimate]  # Those of the head by name; empty: no image.
    behaviour: Behaviour | None  # None: no image.
    judged: bool
    why_not: str  # Why it is not judged; empty if it is.

    @property
    def accuracy(self) -> Estimate | None:
        """The metric of the gate; None: no image."""
        return self.metrics.get(ACCURACY)

    @property
    def title(self) -> str:
        """The group in plain words: `Women, 48-53`."""
        return group_title(self.columns, self.values)

    @property
    def demographic(self) -> bool:
        """Whether all columns describe people, none a fold or picture quality."""
        return bool(self.columns) and DEMOGRAPHIC.issuperset(self.columns)


def overall(estimator: Estimator, config: EvaluateConfig) -> Group:
    """All faces of a head as one group."""
    return measure(estimator, np.arange(len(estimator.rows.label)), ((), ()), config)


def slice_groups(
    estimator: Estimator, columns: tuple[str, ...], config: EvaluateConfig
) -> Iterator[Group]:
    """The groups of one slice in the order of their classes, including those without a face."""
    rows = estimator.rows
    orders = [value_order(column, rows) for column in columns]
    number = np.zeros(len(rows.label), np.int64)  # Of each face's group.
    for column, order in zip(columns, orders, strict=True):
        texts, codes = rows.columns[column]
        places = np.array([order.index(text) for text in texts])
        number = number * len(order) + places[codes]
    by_group = np.argsort(number, kind="stable")
    groups = itertools.product(*orders)
    ends = np.searchsorted(number[by_group], np.arange(1, math.prod(map(len, orders))))
    for values, members in zip(groups, np.split(by_group, ends), strict=True):
        if len(members) or UNKNOWN not in values:
            yield measure(estimator, members, (columns, values), config)


def value_order(column: str, rows: HeadRows) -> list[str]:
    """Values of a column: the known classes in order, others after them, `unknown` last.

    Classes without a face are listed where the column is the head's own or has faces of other
    classes of its table, so that a missing group of people is visible. Empty buckets of picture
    quality are left out.
    """
    present = set(rows.columns[column].texts)
    tables = (rows.classes,) if column == rows.head else _CLASS_ORDERS.get(column, ())
    table = max(tables, key=lambda names: len(present & set(names)), default=())
    listed = [name for name in table if present & set(table)]
    if column in QUALITY:
        listed = [name for name in bucket_names(column) if name in present]
    others = sorted(present - set(listed) - {UNKNOWN}, key=_natural)
    return [*listed, *others, *sorted(present & {UNKNOWN})]


def group_mask(rows: HeadRows, columns: Sequence[str], values: Sequence[str]) -> Mask:
    """(faces,): whether each face has these values in these columns."""
    mask = np.ones(len(rows.label), dtype=bool)
    for column, value in zip(columns, values, strict=True):
        mask &= rows.columns[column].has(value)
    return mask


def measure(
    estimator: Estimator,
    members: Ints,
    key: tuple[tuple[str, ...], tuple[str, ...]],
    config: EvaluateConfig,
) -> Group:
    """Count one group and estimate its metrics.

    Args:
      estimator: of one head.
      members: places of the group's faces.
      key: (columns, values) of the group; both empty for all faces.
      config: minimum images and subjects of a judged group.
    """
    columns, values = key
    name = joined([f"{c}={v}" for c, v in zip(columns, values, strict=True)]) or OVERALL
    subject = estimator.rows.subject[members]
    subjects = len(np.unique(subject))
    why_not = _why_not(values, len(subject), subjects, config)
    return Group(
        slice=joined(columns) or OVERALL,
        columns=columns,
        values=values,
        name=name,
        head=estimator.rows.head,
        images=len(subject),
        subjects=subjects,
        metrics=estimator.estimate(members),
        behaviour=behaviour(estimator.rows, members),
        judged=not why_not,
        why_not=why_not,
    )


def _why_not(values: Sequence[str], images: int, subjects: int, config: EvaluateConfig) -> str:
    if UNKNOWN in values:
        return "value unknown"
    short = []
    if images < config.min_images:
        short.append(f"{images} of {config.min_images} images")
    if subjects < config.min_subjects:
        short.append(f"{subjects} of {config.min_subjects} subjects")
    return "too few to judge: " + " and ".join(short) if short else ""


def _natural(text: str) -> tuple[int, str]:
    """Sort `4-6` before `15-20`, and `fold_2` before `fold_10`."""
    number = re.search(r"[0-9]+", text)
    return (int(number[0]) if number else -1, text)
