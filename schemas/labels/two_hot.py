"""Age and gender as one two-hot vector."""

from collections.abc import Sequence
from itertools import accumulate

from schemas.labels.classes import TARGETS, class_names

PAIR_TARGET = "age_gender"
LABELS = TARGETS[PAIR_TARGET]  # In the order of their parts of the vector.


def columns(table: str) -> tuple[str, ...]:
    """Class names of the vector's elements: those of an `age_table`, then the genders."""
    return tuple(name for label in LABELS for name in class_names(label, table))


def parts(heads: Sequence[tuple[str, int]]) -> dict[str, tuple[int, int]]:
    """Head to (start, stop) of its part of the vector, from (head, number of classes) in order."""
    stops = accumulate(classes for _, classes in heads)
    return {
        head: (stop - classes, stop) for (head, classes), stop in zip(heads, stops, strict=True)
    }
