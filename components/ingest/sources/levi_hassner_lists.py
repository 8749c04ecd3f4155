"""Levi and Hassner's list files of `<user_id>/<image> <class>` lines (light).

There is a list for each label and split, such as `age_test.txt` and `gender_train.txt`. Classes are
numbered: Adience's eight in order, genders m and f.
"""

import os
import re
from typing import NamedTuple

from components.ingest.label_files import (
    HASH_FOLDS,
    UNKNOWN_FOLD,
    LabelFile,
    find_files,
    hash_fold_names,
    open_labels,
)
from components.ingest.line_faults import decode_line, malformed
from schemas.config.blocks import DataConfig
from schemas.errors import ConfigError, RowError
from schemas.labels.classes import ADIENCE8, GENDERS

_NAME = re.compile(r"(?P<label>age|gender)(?:_(?P<split>\w+))?\.txt")
_SUBSET = "_subset.txt"  # Such a list repeats rows of another one: not read from a folder.
_LINE = re.compile(r"(?P<path>[^ ].*) (?P<number>[0-9]{1,3})", re.DOTALL)

# The label texts of the class numbers.
TEXTS = {"age": tuple(age.text for age in ADIENCE8), "gender": GENDERS}


class ListFile(NamedTuple):
    """One list file, with the label and split in its name."""

    path: str
    source: str  # Relative to the labels' folder, with `/`.
    label: str  # `age` or `gender`.
    split: str  # `test`, `train`, `val`...; `all` if the name has none.


class ListLine(NamedTuple):
    """One well-formed line of a list."""

    path: str
    text: str  # The class as a label text.


def list_files(data: DataConfig) -> list[ListFile]:
    """The list files of a source, sorted; subsets of other lists in a folder are skipped.

    Raises:
      ConfigError: there is none, or a name contains no label.
    """
    skip_subsets = bool(data.labels and os.path.isdir(data.labels))
    files = []
    for path, name in find_files(data, "*.txt"):
        if skip_subsets and name.endswith(_SUBSET):
            continue
        match = _NAME.fullmatch(name.rpartition("/")[2])
        if match is None:
            raise ConfigError(
                f"data.labels: {path!r} is named neither age_<split>.txt nor gender_<split>.txt; "
                "rename it or narrow the pattern."
            )
        files.append(ListFile(path, name, match["label"], match["split"] or "all"))
    return files


def check_files(data: DataConfig) -> None:
    """Find the lists and open each. Raises ConfigError on the first fault."""
    for file in list_files(data):
        open_labels(file.path).close()


def label_files(data: DataConfig) -> list[LabelFile]:
    """The lists as label files; the fold is the split, or a hash of each row's user."""
    keep = data.splits == "keep"
    return [
        LabelFile(file.path, file.source, file.split if keep else UNKNOWN_FOLD)
        for file in list_files(data)
    ]


def fold_names(data: DataConfig) -> tuple[str, ...]:
    """The folds of a source."""
    if data.splits == "keep":
        return tuple(dict.fromkeys(file.split for file in list_files(data)))
    return hash_fold_names()


def notes(data: DataConfig) -> tuple[str, ...]:
    """Notes for the label report on the folds."""
    if data.splits == "keep":
        return ("levi_hassner: the lists' splits are the folds; train and val may share people",)
    folds = f"fold_0 to fold_{HASH_FOLDS - 1}"
    return (f"levi_hassner names no folds: {folds} by a stable hash of the user (xxh3_128)",)


def parse_line(line: bytes, label: str) -> ListLine:
    """Parse a line of an `age` or `gender` list. Raises RowError on a malformed line."""
    text, fault = decode_line(line)
    if fault:
        raise RowError("malformed_line", fault)
    match = _LINE.fullmatch(text)
    if match is None or "/" not in match["path"] or match["path"].endswith("/"):
        raise RowError("malformed_line", malformed(line, "no", "`<user_id>/<image> <class>`"))
    names = TEXTS[label]
    if int(match["number"]) >= len(names):
        expected = f"a class of {label} from 0 to {len(names) - 1}"
        raise RowError("malformed_line", malformed(line, f"class {match['number']}", expected))
    return ListLine(match["path"], names[int(match["number"])])
