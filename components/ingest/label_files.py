"""Label files of any source: finding, opening and reading them, and folds by hash."""

import glob
import os
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

import xxhash

from components.ingest.system_files import is_system_file
from schemas.config.blocks import DataConfig
from schemas.errors import ConfigError
from schemas.folds import fold_name, fold_names
from schemas.labels.classes import UNKNOWN

UNKNOWN_FOLD = UNKNOWN
HASH_FOLDS = 5  # Folds of a data set that names none: a stable hash modulo this number.

BOM = b"\xef\xbb\xbf"
# A longer line is no row that could be rejected: the file, perhaps a sparse one, holds no lines.
MAX_LINE_BYTES = 64 << 20


class LabelFile(NamedTuple):
    """One label file."""

    path: str
    source: str  # Relative to the labels' folder, with `/`.
    fold: str  # Of all its rows; UNKNOWN_FOLD if the rows name their folds.


def find_files(data: DataConfig, pattern: str) -> list[tuple[str, str]]:
    """(path, name below the labels' folder) of each label file, sorted.

    Args:
      data: its `labels` is a folder, a file or a pattern.
      pattern: of the label files in a folder.

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


def _find(labels: str, pattern: str) -> tuple[str, list[str]]:
    """(the labels' folder, names in it) of a folder, a file or a pattern."""
    if os.path.isdir(labels):
        return labels, _matches(labels, pattern)
    if os.path.lexists(labels):
        return os.path.dirname(labels) or os.curdir, [os.path.basename(labels)]
    folder, pattern = _split_pattern(labels)
    return folder, _matches(folder, pattern)


def _matches(folder: str, pattern: str) -> list[str]:
    names = glob.glob(pattern, root_dir=folder, recursive=True)
    return sorted(name.replace(os.sep, "/") for name in names if not is_system_file(name))


def _split_pattern(labels: str) -> tuple[str, str]:
    """The longest leading part that is an existing folder, and the rest."""
    folder = os.path.dirname(labels)
    while folder and not os.path.isdir(folder) and os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder)
    return folder or os.curdir, os.path.relpath(labels, folder or os.curdir)


def open_labels(path: str) -> BinaryIO:
    """Open a label file. Raises ConfigError if the system refuses."""
    try:
        return open(path, "rb")
    except OSError as error:
        raise ConfigError(
            f"data.labels: {path!r} cannot be opened ({error.strerror}), expected a readable "
            "label file; correct its permissions or the path."
        ) from error


def read_line(file: BinaryIO, path: str) -> bytes:
    """The rest of a line, with its end. Raises ConfigError for one that would fill the memory."""
    line = file.readline(MAX_LINE_BYTES + 1)
    if len(line) > MAX_LINE_BYTES:
        raise ConfigError(
            f"data.labels: {path!r} has a line of more than {MAX_LINE_BYTES:,} bytes, expected a "
            "label file with a face in each line; correct data.labels."
        )
    return line


def read_lines(path: str, max_bytes: int = -1) -> Iterator[tuple[int, bytes]]:
    """(number, line without BOM and line end) of every line that is not empty.

    Args:
      path: of the label file.
      max_bytes: longer lines are split there; by default never.

    Raises:
      ConfigError: the file cannot be opened, or has a line of more than MAX_LINE_BYTES.
    """
    with open_labels(path) as file:
        number = 0
        while line := read_line(file, path) if max_bytes < 0 else file.readline(max_bytes):
            number += 1
            line = line.removeprefix(BOM) if number == 1 else line
            if line := line.removesuffix(b"\n").removesuffix(b"\r"):
                yield number, line


def hash_fold_names() -> tuple[str, ...]:
    """The folds of a source that names none."""
    return fold_names(HASH_FOLDS)


def hash_fold(text: str) -> str:
    """The fold of a text by its xxh3_128, modulo the number of folds."""
    return fold_name(xxhash.xxh3_128(text.encode()).intdigest() % HASH_FOLDS)


def content_fold(digest: str | None) -> str:
    """The fold of an image content by its xxh3_128 digest (hexadecimal); unknown without one."""
    return UNKNOWN_FOLD if digest is None else fold_name(int(digest, 16) % HASH_FOLDS)
