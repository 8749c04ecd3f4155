"""Groups of faces by people, fold and picture quality, and what the model does on each."""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from components.bias_review import intervals
from components.bias_review.intervals import Estimate
from components.bias_review.predictions import HeadRows
from schemas.config.blocks import EvaluateConfig
from schemas.labels.classes import GENDERS, ORDERED, RACES, UNKNOWN
from schemas.slices import QUALITY, bucket_names

DEMOGRAPHIC = frozenset(("gender", "age", "race"))
OVERALL = "overall"
_CLASS_ORDER = {"gender": GENDERS, "race": RACES}

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
    accuracy: Estimate | None  # None: no image.
    one_off: Estimate | None  # Share with |label - predicted| <= 1; None: classes without order.
    error: Estimate | None  # Mean of predicted - label, in classes; None as above.
    absolute_error: Estimate | None  # Mean of |predicted - label|, in classes; None as above.
    judged: bool
    why_not: str  # Why it is not judged; empty where it is.

    @property
    def demographic(self) -> bool:
        """Whether the group is one of people, and not also of folds or of picture quality."""
        return bool(self.columns) and DEMOGRAPHIC.issuperset(self.columns)


def overall(rows: HeadRows, config: EvaluateConfig, seed: int) -> Group:
    """All faces of a head as one group."""
    mask = np.ones(len(rows.label), dtype=bool)
    return measure(rows, mask, ((), ()), config, seed)


def slice_groups(
    rows: HeadRows, columns: tuple[str, ...], config: EvaluateConfig, seed: int
) -> Iterator[Group]:
    """The groups of one slice in the order of their classes, those without a face included."""
    orders = [value_order(column, rows) for column in columns]
    for values in itertools.product(*orders):
        mask = group_mask(rows, columns, values)
        if mask.any() or UNKNOWN not in values:
            yield measure(rows, mask, (columns, values), config, seed)


def value_order(column: str, rows: HeadRows) -> list[str]:
    """Values of a column: the known classes in order, others after them, `unknown` last.

    Classes without a face are listed where the column is the head's own, or holds other classes of
    the same table, so that a group that is missing is seen to be missing. Buckets of picture
    quality are no groups of people that could be missing.
    """
    found = set(rows.columns[column])
    table = rows.classes if column == rows.head else _CLASS_ORDER.get(column, ())
    listed = [name for name in table if found & set(table)]
    if column in QUALITY:
        listed = [name for name in bucket_names(column) if name in found]
    others = sorted(found - set(listed) - {UNKNOWN}, key=_natural)
    return [*listed, *others, *sorted(found & {UNKNOWN})]


def group_mask(rows: HeadRows, columns: Sequence[str], values: Sequence[str]) -> Mask:
    """(faces,): whether each face has these values in these columns."""
    mask = np.ones(len(rows.label), dtype=bool)
    for column, value in zip(columns, values, strict=True):
        mask &= rows.columns[column] == value
    return mask


def measure(
    rows: HeadRows,
    mask: Mask,
    where: tuple[tuple[str, ...], tuple[str, ...]],
    config: EvaluateConfig,
    seed: int,
) -> Group:
    """Count one group and estimate its accuracy.

    Args:
      rows: one head.
      mask: (faces,), those in the group.
      where: (columns, values) of the group; both empty for all faces.
      config: how many images and subjects a judged group has at least.
      seed: of the bootstrap.
    """
    columns, values = where
    name = " x ".join(f"{c}={v}" for c, v in zip(columns, values, strict=True)) or OVERALL
    subject = rows.subject[mask]
    subjects = len(np.unique(subject))
    why_not = _why_not(values, len(subject), subjects, config)
    found = _estimates(rows, mask, intervals.generator(seed, f"{rows.head}/{name}"))
    return Group(
        slice=" x ".join(columns) or OVERALL,
        columns=columns,
        values=values,
        name=name,
        head=rows.head,
        images=len(subject),
        subjects=subjects,
        accuracy=found.get("accuracy"),
        one_off=found.get("one_off"),
        error=found.get("error"),
        absolute_error=found.get("absolute_error"),
        judged=not why_not,
        why_not=why_not,
    )


def _estimates(rows: HeadRows, mask: Mask, rng: np.random.Generator) -> Mapping[str, Estimate]:
    if not mask.any():
        return {}
    subject = rows.subject[mask]
    distance = rows.predicted[mask] - rows.label[mask]
    columns = {"accuracy": (distance == 0).astype(np.int64)}
    if rows.head in ORDERED:
        columns["one_off"] = (np.abs(distance) <= 1).astype(np.int64)
        columns["error"] = distance
        columns["absolute_error"] = np.abs(distance)
    found = dict(zip(columns, intervals.ratios(subject, list(columns.values()), rng), strict=True))
    people = len(np.unique(subject))
    return {
        name: estimate if name.endswith("error") else intervals.share(estimate, people)
        for name, estimate in found.items()
    }


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
