"""Levi and Hassner's list files: `<user_id>/<image> <class>`, a list a label and split (light).

Names: `age_test.txt`, `gender_train.txt`; classes: Adience's eight in order, genders m and f.
"""

import os
import re
from typing import NamedTuple

from components.faces.safe_open import is_outside
from components.ingest.label_files import (
    HASH_FOLDS,
    LabelFile,
    find_files,
    hash_fold_names,
    open_labels,
)
from components.ingest.sources.adience_lines import BOM, malformed, outside_words, read_text
from schemas.config.blocks import DataConfig
from schemas.errors import ConfigError, RowError
from schemas.labels.classes import ADIENCE8, GENDERS

_NAME = re.compile(r"(?P<label>age|gender)(?:_(?P<split>\w+))?\.txt")
_SUBSET = "_subset"  # Rows of the list of that name without it: not read again from a folder.
_LINE = re.compile(r"(?P<path>[^ ].*) (?P<number>[0-9]{1,3})", re.DOTALL)

# The label texts of the class numbers.
TEXTS = {"age": tuple(age.text for age in ADIENCE8), "gender": GENDERS}


class ListFile(NamedTuple):
    """One list file and what its name tells."""

    path: str
    source: str  # Relative to the labels' folder, with `/`.
    label: str  # `age` or `gender`.
    split: str  # `test`, `train`, `val`...; `all` where the name has none.


class ListLine(NamedTuple):
    """One well-formed line of a list."""

    path: str
    text: str  # The class as a label text.
    outside: str | None  # Why the path leaves the image root.


def list_files(data: DataConfig) -> list[ListFile]:
    """The list files of a source, sorted; of a folder those that are no subset of another.

    Raises:
      ConfigError: there is none, or a name does not tell the label.
    """
    found = find_files(data, "*.txt")
    if data.labels and os.path.isdir(data.labels):
        found = [one for one in found if not one[1].endswith(f"{_SUBSET}.txt")]
    files = []
    for path, name in found:
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
    """The lists as label files; the fold is the split."""
    return [LabelFile(file.path, file.source, file.split) for file in list_files(data)]


def fold_names(data: DataConfig) -> set[str]:
    """The folds of a source's rows."""
    if data.splits == "keep":
        return {file.split for file in list_files(data)}
    return hash_fold_names()


def notes(data: DataConfig) -> tuple[str, ...]:
    """What the label report says of the folds."""
    if data.splits == "keep":
        return ("levi_hassner: the lists' splits are the folds; train and val may share people",)
    folds = f"fold_0 to fold_{HASH_FOLDS - 1}"
    return (f"levi_hassner names no folds: {folds} by a stable hash of the user (xxh3_128)",)


def read_lines(file: ListFile) -> list[tuple[int, bytes]]:
    """(number, line without its end) of every line that is not empty."""
    with open_labels(file.path) as opened:
        lines = opened.read().removeprefix(BOM).split(b"\n")
    numbered = ((number, line.removesuffix(b"\r")) for number, line in enumerate(lines, start=1))
    return [(number, line) for number, line in numbered if line]


def parse_line(line: bytes, label: str) -> ListLine:
    """Read one line of an `age` or `gender` list. Raises RowError on one that is none."""
    text, fault = read_text(line)
    if fault:
        raise RowError("malformed_line", fault)
    match = _LINE.fullmatch(text)
    if match is None or "/" not in match["path"] or match["path"].endswith("/"):
        raise RowError("malformed_line", malformed(line, "no", "`<user_id>/<image> <class>`"))
    names = TEXTS[label]
    if int(match["number"]) >= len(names):
        came, expected = (
            f"class {match['number']}",
            f"a class of {label} from 0 to {len(names) - 1}",
        )
        raise RowError("malformed_line", malformed(line, came, expected))
    path = match["path"]
    outside = outside_words(path) if is_outside(path) else None
    return ListLine(path, names[int(match["number"])], outside)
