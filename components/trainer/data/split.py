"""Who is trained on, who validates, who is held out: decided by subject, never by row."""

from collections.abc import Mapping, Set
from typing import NamedTuple

import xxhash

from schemas.errors import DataError


class People(NamedTuple):
    """The identities that a set of faces shows."""

    subjects: Set[str]
    photographers: Set[str]


def validation_subjects(images: Mapping[str, int], share: float, seed: int) -> frozenset[str]:
    """Choose the subjects that validate: a seeded order of all, until they hold `share` of images.

    Args:
      images: number of images of each subject of the training folds.
      share: of all images, in (0, 1).
      seed: another seed, another choice.

    Raises:
      DataError: fewer than two subjects, so that one side would be empty.
    """
    if len(images) < 2:
        raise DataError(
            f"the training folds show {len(images)} subject(s), expected two or more: "
            "one validates, the others train. Hold out fewer folds (folds.test)."
        )
    ordered = sorted(images, key=lambda subject: _draw(subject, seed))
    wanted = share * sum(images.values())
    chosen: list[str] = []
    held = 0
    for subject in ordered[:-1]:  # One subject at least trains.
        chosen.append(subject)
        held += images[subject]
        if held >= wanted:
            break
    return frozenset(chosen)


def _draw(subject: str, seed: int) -> str:
    return xxhash.xxh3_128_hexdigest(f"{seed}:{subject}".encode())


def check_disjoint(training: People, validation: People, held_out: People) -> None:
    """Raise DataError if a held-out person trains or validates, or one subject does both."""
    for name, side in (("training", training), ("validation", validation)):
        for kind in People._fields:
            if shared := getattr(side, kind) & getattr(held_out, kind):
                raise DataError(
                    f"leak: {len(shared)} {kind} of the held-out folds appear in {name} batches, "
                    f"such as {min(shared)!r}; expected none. See `fold_conflict` in Rejects."
                )
    if both := training.subjects & validation.subjects:
        raise DataError(
            f"leak: {len(both)} subjects both train and validate, such as {min(both)!r}; "
            "expected none."
        )
