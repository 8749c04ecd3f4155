"""What a model takes a group's faces for, and how often it is right when it names a class."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from components.bias_review.predictions import HeadRows

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


class Mistake(NamedTuple):
    """Images of one class that were taken for another."""

    label: str
    predicted: str
    images: int


class ClassRecord(NamedTuple):
    """A class among some people: recall is right / labelled, precision right / predicted."""

    head: str
    name: str
    people: str  # `m` or `f`; empty: all.
    labelled: int
    predicted: int
    right: int

    @property
    def recall(self) -> float | None:
        """None without a labelled image."""
        return self.right / self.labelled if self.labelled else None

    @property
    def precision(self) -> float | None:
        """None without a predicted image."""
        return self.right / self.predicted if self.predicted else None


def mistakes(rows: HeadRows, members: Ints) -> tuple[Mistake, ...]:
    """The mistakes of a group, the most frequent first.

    Args:
      rows: of one head.
      members: places of the group's faces.
    """
    label, predicted, classes = rows.label[members], rows.predicted[members], len(rows.classes)
    wrong = label != predicted
    counts = np.bincount(label[wrong] * classes + predicted[wrong])
    order = np.argsort(-counts, kind="stable")
    return tuple(
        Mistake(rows.classes[pair // classes], rows.classes[pair % classes], int(counts[pair]))
        for pair in order[: np.count_nonzero(counts)]
    )


def class_records(rows: HeadRows, genders: Sequence[str]) -> tuple[ClassRecord, ...]:
    """Each class among all faces, then among those of each gender that has any."""
    people = {"": np.ones(len(rows.label), np.bool_)}
    people |= {gender: rows.columns["gender"].has(gender) for gender in genders}
    return tuple(
        _record(rows, number, name, of, mask)
        for number, name in enumerate(rows.classes)
        for of, mask in people.items()
        if mask.any()
    )


def _record(rows: HeadRows, number: int, name: str, people: str, mask: Mask) -> ClassRecord:
    labelled, predicted = mask & (rows.label == number), mask & (rows.predicted == number)
    return ClassRecord(
        rows.head,
        name,
        people,
        int(labelled.sum()),
        int(predicted.sum()),
        int((labelled & predicted).sum()),
    )
