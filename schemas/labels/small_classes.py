"""Warnings on classes with too few accepted faces to train or to evaluate."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from schemas.labels.classes import UNKNOWN

# The config key by which a class can be merged with another.
_MERGED = {
    "age": ", or merge it with another (labels.classes)",
    "race": ", or merge it with another (labels.races)",
}

Folds = Mapping[str, int]  # Accepted faces by fold.


def class_warnings(
    by_label: Mapping[str, Mapping[str, Folds]],
    folds: Sequence[str],
    held_out: Literal["all"] | Sequence[str],
    min_images: int,
) -> Iterator[str]:
    """A sentence on each class of the target that has too few faces somewhere.

    Args:
      by_label: accepted faces by label of the target, class and fold.
      folds: of the accepted faces; `unknown` is no fold.
      held_out: folds of one model, or `all`: each is held out of a model of its own. Folds that the
        data do not have are passed over.
      min_images: fewest faces of a class in training and in each held-out fold.
    """
    known = [fold for fold in folds if fold != UNKNOWN]
    for label, classes in by_label.items():
        for name, counts in classes.items():
            few = _too_few(counts, known, held_out, min_images)
            if not sum(counts.values()):
                yield f"{label} {name}: no accepted face; the model cannot learn this class"
            elif few:
                yield (
                    f"{label} {name}: {', '.join(few)}, expected evaluate.min_images={min_images} "
                    f"or more; add faces of this class{_MERGED.get(label, '')}"
                )


def _divide(
    counts: Folds, folds: Sequence[str], held_out: Literal["all"] | Sequence[str]
) -> tuple[int, Folds]:
    """Faces of a class in training, at least, and in each fold that is held out."""
    total = sum(counts.values())
    by_fold = {fold: counts.get(fold, 0) for fold in folds}
    if held_out == "all":
        return total - max(by_fold.values(), default=0), by_fold
    tested = {fold: count for fold, count in by_fold.items() if fold in held_out}
    return total - sum(tested.values()), tested


def _too_few(
    counts: Folds, folds: list[str], held_out: Literal["all"] | Sequence[str], min_images: int
) -> list[str]:
    """The places with too few faces, such as `12 in training`."""
    training, tested = _divide(counts, folds, held_out)
    few = {"training": training} if training < min_images else {}
    few |= {fold: count for fold, count in tested.items() if count < min_images}
    return [f"{count} in {place}" for place, count in few.items()]
