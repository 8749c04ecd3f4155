"""How many faces of each fold were stored, which every step that reads them all must find."""

import json
from collections.abc import Mapping, Sequence

from tfx.types import Artifact

from schemas.errors import DataError

_PROPERTY = "faces_by_fold"


def record_counts(examples: Artifact, by_fold: Mapping[str, int]) -> None:
    """Note the number of stored faces by fold with the examples."""
    examples.set_string_custom_property(_PROPERTY, json.dumps(dict(by_fold)))


def stored_faces(examples: Artifact, folds: Sequence[str]) -> int:
    """The number of stored faces of some folds."""
    by_fold = json.loads(examples.get_string_custom_property(_PROPERTY))
    return sum(by_fold.get(fold, 0) for fold in folds)


def check_all_read(step: str, read: int, stored: int, place: str) -> None:
    """Raise DataError unless a step has read as many faces as FaceExampleGen stored.

    A runner whose workers do not see the files, or that loses some, may end without an error.
    """
    if read != stored:
        raise DataError(
            f"{step} read {read} faces of {place}, expected the {stored} that FaceExampleGen "
            "stored. Nothing of it is used. Check that all workers see the run folder under the "
            "same path, then run the same command again."
        )
