"""Where labels and images are: label files, fold names, and the checks before a run (light)."""

import glob
import os
import re
from collections.abc import Callable, Sequence
from typing import BinaryIO, NamedTuple

from components.ingest.lines import BOM, HEADER, is_header, line_fault, shorten
from schemas.classes import UNKNOWN
from schemas.config import DataConfig
from schemas.errors import ConfigError

UNKNOWN_FOLD = "unknown"
HASH_FOLDS = 5  # Folds of a data set that names none: by content hash modulo this.

_FOLDER_PATTERN = "fold_*_data.txt"
_FOLD_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")  # What TFX takes for a split.
_FOLD_FILE = re.compile(r"(fold_\w+)_data\.txt")
_FIRST_LINE_BYTES = 1 << 16  # A longer first line is no header.


class LabelFile(NamedTuple):
    """One label file and the fold that its name tells."""

    path: str
    source: str  # Relative to the labels' folder, with `/`.
    fold: str


def adience_files(data: DataConfig) -> list[LabelFile]:
    """The label files of a source, sorted. Raises ConfigError where there is none."""
    if not data.labels:
        raise ConfigError(
            f"data.labels is {data.labels!r} for dataset {data.dataset}, expected label files; "
            f"set it to a folder, a file or a pattern such as folds/{_FOLDER_PATTERN}."
        )
    folder, names = _find(data.labels)
    for name in names:
        if not os.path.isfile(os.path.join(folder, name)):
            raise ConfigError(
                f"data.labels: {os.path.join(folder, name)!r} is no regular file, expected a "
                "label file; move it away or narrow the pattern."
            )
    if not names:
        raise ConfigError(
            f"data.labels: no file matches {data.labels!r}, expected label files such as "
            f"{_FOLDER_PATTERN}; correct the path."
        )
    for name in names:
        if not _FOLD_NAME.fullmatch(fold_of(name)) or fold_of(name) == UNKNOWN:
            raise ConfigError(
                f"data.labels: {name!r} would name the fold {fold_of(name)!r}, expected letters, "
                f"digits, '-' and '_', and not {UNKNOWN!r}; rename the file, as in fold_0_data.txt."
            )
    return [LabelFile(os.path.join(folder, name), name, fold_of(name)) for name in names]


def fold_of(name: str) -> str:
    """The fold that a label file's name tells: `fold_0` of `fold_0_data.txt`, or its stem."""
    base = name.rpartition("/")[2]
    match = _FOLD_FILE.fullmatch(base)
    return match[1] if match else os.path.splitext(base)[0]


def _find(labels: str) -> tuple[str, list[str]]:
    """(the labels' folder, names in it): of a folder, a file, or a pattern."""
    if os.path.isdir(labels):
        return labels, _matches(labels, _FOLDER_PATTERN)
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
    number = 0
    with open_labels(path) as file:
        while line := file.readline(_FIRST_LINE_BYTES):
            number += 1
            line = line.removeprefix(BOM) if number == 1 else line
            if text := line.rstrip(b"\r\n"):
                return _judge_first(path, number, text)
    return 0


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


def _check_adience(data: DataConfig) -> None:
    for file in adience_files(data):
        header_line(file.path)


def check_image_root(data: DataConfig) -> str:
    """The image folder of a source. Raises ConfigError where there is none."""
    if not data.images or not os.path.isdir(data.images):
        raise ConfigError(
            f"data.images is {data.images!r}, expected an existing folder of images for dataset "
            f"{data.dataset}; correct the path."
        )
    return data.images


def _check_names(data: DataConfig) -> None:
    if data.labels:
        raise ConfigError(
            f"data.labels is {data.labels!r} for dataset {data.dataset}, expected none: its "
            "labels are in the file names; remove the key."
        )
    check_image_root(data)


class Source(NamedTuple):
    """What is known of a data set before anything of it is read."""

    check_labels: Callable[[DataConfig], None]
    label_files: Callable[[DataConfig], list[LabelFile]]
    folds: Callable[[DataConfig], set[str]]
    names_subjects: bool  # Whether it says who is shown.
    notes: tuple[str, ...] = ()  # What the label report says of it.
    fold_note: str = ""  # Where its folds come from, if they need the contents of images.


SOURCES: dict[str, Source] = {
    "adience": Source(
        check_labels=_check_adience,
        label_files=adience_files,
        folds=lambda data: {file.fold for file in adience_files(data)},
        names_subjects=True,
    ),
    "utkface": Source(
        check_labels=_check_names,
        label_files=lambda _: [],
        folds=lambda _: {f"fold_{number}" for number in range(HASH_FOLDS)},
        names_subjects=False,
        notes=("utkface names no subjects: each image is its own subject",),
        fold_note=f"utkface names no folds: fold_0 to fold_{HASH_FOLDS - 1} by a stable hash of "
        f"the content (xxh3_128 modulo {HASH_FOLDS})",
    ),
}


def check_labels(data: Sequence[DataConfig]) -> None:
    """Find every label file and read its header. Raises ConfigError on the first fault."""
    for source in data:
        SOURCES[source.dataset].check_labels(source)


def check_images(data: Sequence[DataConfig]) -> None:
    """Find every image folder. Raises ConfigError on the first that is missing."""
    for source in data:
        check_image_root(source)


def fold_names(data: Sequence[DataConfig]) -> tuple[str, ...]:
    """The folds of all sources, sorted; from file names alone."""
    return tuple(sorted({fold for one in data for fold in SOURCES[one.dataset].folds(one)}))


def names_subjects(data: Sequence[DataConfig]) -> bool:
    """Whether every source says who is shown, so that folds can be kept from sharing people."""
    return all(SOURCES[one.dataset].names_subjects for one in data)


def source_notes(data: Sequence[DataConfig], *, labels_only: bool) -> tuple[str, ...]:
    """Sentences for the label report: what a source does not tell, and what was not looked at."""
    datasets = dict.fromkeys(source.dataset for source in data)
    notes = []
    if labels_only:
        notes.append("labels only: no image was looked for, contents were not compared")
    for dataset in datasets:
        source = SOURCES[dataset]
        if source.fold_note:
            unknown = f"{dataset} names no folds: unknown, they need the contents of the images"
            notes.append(unknown if labels_only else source.fold_note)
        notes += source.notes
    return tuple(notes)
