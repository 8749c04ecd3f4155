"""The mark of a blessed model, in the form of TFX's Evaluator and Pusher."""

import os
from typing import Any

RELEASED = "released"  # Verdict of review.json on a model that is blessed.
BLESSED_PROPERTY = "blessed"  # Custom property of a ModelBlessing: 1 or 0.
_FILES = {True: "BLESSED", False: "NOT_BLESSED"}


def bless(blessing: Any, files: Any, *, blessed: bool) -> None:
    """Mark a ModelBlessing artifact; `files` is tfx.dsl.io.fileio."""
    files.makedirs(blessing.uri)
    with files.open(os.path.join(blessing.uri, _FILES[blessed]), "w") as file:
        file.write("")
    blessing.set_int_custom_property(BLESSED_PROPERTY, int(blessed))


def is_blessed(blessing: Any, files: Any) -> bool:
    """The verdict of a ModelBlessing, read from its file."""
    return bool(files.exists(os.path.join(blessing.uri, _FILES[True])))
