"""What the review says of a sweep before the training."""

from collections.abc import Mapping
from typing import Any

from schemas.sweep import words


def sweep_notes(training: Mapping[str, Any]) -> tuple[str, ...]:
    """How a sweep chose what was trained; nothing where there was none.

    Args:
      training: how the model came about, as the Trainer wrote it.
    """
    if "sweep" not in training:
        return ()
    found = training["sweep"]
    note = (
        f"{words(found['values'])}: the best of {found['trials']} trials by the validation loss "
        f"of the same {training['validation_subjects']} subjects; no held-out face was looked at"
    )
    return (note,)
