"""Age and gender as one answer: the two-hot vector, and a published reading that says nothing."""

from collections.abc import Sequence

from schemas.labels.classes import TARGETS, class_names

PAIR_TARGET = "age_gender"
LABELS = TARGETS[PAIR_TARGET]  # In the order of their parts of the vector.


def columns(table: str) -> tuple[str, ...]:
    """What each place of the two-hot vector stands for: the age classes, then the genders.

    Args:
      table: as `schemas.labels.classes.age_table` takes it; Adience's eight classes give ten.
    """
    return tuple(name for label in LABELS for name in class_names(label, table))


def parts(heads: Sequence[tuple[str, int]]) -> dict[str, tuple[int, int]]:
    """Head to (first place, place after the last) of its part of the vector.

    Args:
      heads: (head, number of classes), in the order of the parts.
    """
    found = {}
    start = 0
    for head, classes in heads:
        found[head] = (start, start + classes)
        start += classes
    return found


def larger_place(pair: Sequence[float]) -> int:
    """0 or 1: the place of the larger of two numbers; of equal ones the first.

    A published joint model answers with (age class 0 to 7, gender 0 or 1) and reports an accuracy
    of 96 %. Keras' accuracy of a 2-vector compares these places of label and answer, and the label
    has the second one only for the youngest class of the gender that is coded 1. So it says
    nothing of either label, and no metric is made of it here: a test shows what a constant scores.
    """
    first, second = pair
    return int(second > first)
