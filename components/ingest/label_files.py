"""Label files: where they are, what their names tell, and whether their first line is a header."""

import glob
import os
import re
from typing import BinaryIO, NamedTuple

import xxhash

from components.ingest.sources.adience_lines import BOM, HEADER, is_header, line_fault, shorten
from schemas.config.blocks import DataConfig
from schemas.errors import ConfigError
from schemas.folds import fold_name
from schemas.labels.classes import UNKNOWN

UNKNOWN_FOLD = UNKNOWN
HASH_FOLDS = 5  # Folds of a data set that names none: by a stable hash modulo this.

_FOLDER_PATTERN = "fold_*_data.txt"
_FOLD_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")  # What TFX takes for a split.
_FOLD_FILE = re.compile(r"fold_(?:frontal_)?(\w+)_data\.txt")
_FIRST_LINE_BYTES = 1 << 16  # A longer first line is no header.


class LabelFile(NamedTuple):
    """One label file and the fold that its name tells."""

    path: str
    source: str  # Relative to the labels' folder, with `/`.
    fold: str


def adience_files(data: DataConfig) -> list[LabelFile]:
    """The label files of a source, sorted. Raises ConfigError where there is none."""
    found = find_files(data, _FOLDER_PATTERN)
    for _, name in found:
        if not _FOLD_NAME.fullmatch(fold_of(name)) or fold_of(name) == UNKNOWN_FOLD:
            raise ConfigError(
                f"data.labels: {name!r} would name the fold {fold_of(name)!r}, expected letters, "
                f"digits, '-' and '_', and not {UNKNOWN_FOLD!r}; rename the file, as in "
                "fold_0_data.txt."
            )
    return [LabelFile(path, name, fold_of(name)) for path, name in found]


def find_files(data: DataConfig, pattern: str) -> list[tuple[str, str]]:
    """(path, name below the labels' folder) of each label file, sorted.

    Args:
      data: its `labels` is a folder, a file or a pattern.
      pattern: what is a label file in a folder.

    Raises:
      ConfigError: there is none, or one is no regular file.
    """
    if not data.labels:
        raise ConfigError(
            f"data.labels is {data.labels!r} for dataset {data.dataset}, expected label files; "
            f"set it to a folder, a file or a pattern such as folds/{pattern}."
        )
    folder, names = _find(data.labels, pattern)
    for name in names:
        if not os.path.isfile(os.path.join(folder, name)):
            raise ConfigError(
                f"data.labels: {os.path.join(folder, name)!r} is no regular file, expected a "
                "label file; move it away or narrow the pattern."
            )
    if not names:
        raise ConfigError(
            f"data.labels: no file matches {data.labels!r}, expected label files such as "
            f"{pattern}; correct the path."
        )
    return [(os.path.join(folder, name), name) for name in names]


def fold_of(name: str) -> str:
    """The fold that a label file's name tells: `fold_0` of `fold_0_data.txt`, or its stem.

    The frontal faces of a fold are in the same fold: `fold_frontal_0_data.txt` is of `fold_0`.
    """
    base = name.rpartition("/")[2]
    match = _FOLD_FILE.fullmatch(base)
    return fold_name(match[1]) if match else os.path.splitext(base)[0]


def hash_fold_names() -> set[str]:
    """The folds of a source that names none."""
    return {fold_name(number) for number in range(HASH_FOLDS)}


def hash_fold(text: str) -> str:
    """The fold of a source that names none: xxh3_128 of a text, modulo the number of folds."""
    return fold_name(xxhash.xxh3_128(text.encode()).intdigest() % HASH_FOLDS)


def content_fold(digest: str | None) -> str:
    """The fold of an image content by its xxh3_128 digest (hexadecimal); unknown without one."""
    return UNKNOWN_FOLD if digest is None else fold_name(int(digest, 16) % HASH_FOLDS)


def _find(labels: str, in_folder: str) -> tuple[str, list[str]]:
    """(the labels' folder, names in it): of a folder, a file, or a pattern."""
    if os.path.isdir(labels):
        return labels, _matches(labels, in_folder)
    if os.path.lexists(labels):
        return os.path.dirname(labels) or os.curdir, [os.path.basename(labels)]
    folder, pattern = _split_pattern(labels)
    return folder, _matches(folder, pattern)


def _matches(folder: str, pattern: str) -> list[str]:
    names = glob.glob(pattern, root_dir=folder, recursive=True)
    return sorted(name.replace(os.sep, "/") for name in names)


def _split_pattern(labels: str) -> tuple[str, str]:
    """The longest part that is a folder, whatever characters its name has, and the rest."""
    folder = os.path.dirname(labels)
    while folder and not os.path.isdir(folder) and os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder)
    return folder or os.curdir, os.path.relpath(labels, folder or os.curdir)


def header_line(path: str) -> int:
    """The number of the header's line, 0 where the first line is a row already.

    Empty lines above are passed over. Raises ConfigError on a first line that is neither.
    """
    number, line = first_line(path)
    return _judge_first(path, number, line) if line else 0


def first_line(path: str) -> tuple[int, bytes]:
    """(number, text) of the first line that is not empty; an empty text where there is none."""
    number = 0
    with open_labels(path) as file:
        while line := file.readline(_FIRST_LINE_BYTES):
            number += 1
            line = line.removeprefix(BOM) if number == 1 else line
            if text := line.rstrip(b"\r\n"):
                return number, text
    return 0, b""


def _judge_first(path: str, number: int, line: bytes) -> int:
    if is_header(line):
        return number
    if line_fault(line) is None:
        return 0
    came = shorten(line.decode("utf-8", errors="backslashreplace"))
    raise ConfigError(
        f"{path}:{number}: wrong header {came}, expected the {len(HEADER)} tab-separated columns "
        f"{' '.join(HEADER)}; put them in the first line, or leave only label files in data.labels."
    )


def open_labels(path: str) -> BinaryIO:
    """Open a label file. Raises ConfigError where the system refuses."""
    try:
        return open(path, "rb")
    except OSError as error:
        raise ConfigError(
            f"data.labels: {path!r} cannot be opened ({error.strerror}), expected a readable "
            "label file; mend its permissions or correct the path."
        ) from error
