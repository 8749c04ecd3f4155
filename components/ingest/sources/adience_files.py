"""Adience label files: names, header and the faults of a line (light).

A line has twelve tab-separated columns; a file's name contains its fold.
"""

import math
import os
import re

from components.ingest.label_files import LabelFile, find_files, read_lines
from components.ingest.line_cells import tab_cells
from components.ingest.line_faults import malformed, shorten
from schemas.config.blocks import DataConfig
from schemas.errors import ConfigError, RowError

HEADER = (
    "user_id",
    "original_image",
    "face_id",
    "age",
    "gender",
    "x",
    "y",
    "dx",
    "dy",
    "tilt_ang",
    "fiducial_yaw_angle",
    "fiducial_score",
)
NAMES = ("user_id", "face_id", "original_image")  # Parts of the path: never empty.
NUMBERS = ("tilt_ang", "fiducial_yaw_angle", "fiducial_score")  # Empty is a missing number.

_FOLDER_PATTERN = "fold_*_data.txt"
_FOLD_FILE = re.compile(r"fold_(?:frontal_)?(\w+)_data\.txt")
_FIRST_LINE_BYTES = 1 << 16  # A longer first line is no header.

# The largest float32 has 39 digits before the point; `nan` and `inf` are not accepted.
_NUMBER = re.compile(r"[+-]?([0-9]{1,20}(\.[0-9]{0,40})?|\.[0-9]{1,40})([eE][+-]?[0-9]{1,2})?")
_FLOAT32_MAX = 3.4028234e38


def label_files(data: DataConfig) -> list[LabelFile]:
    """The label files of a source, sorted. Raises ConfigError if there is none."""
    return [
        LabelFile(path, name, fold_of(name)) for path, name in find_files(data, _FOLDER_PATTERN)
    ]


def fold_of(name: str) -> str:
    """The fold in a label file's name: `fold_0` of `fold_0_data.txt`, else the stem.

    The frontal faces of a fold belong to the same fold: `fold_frontal_0_data.txt` is of `fold_0`.
    """
    base = name.rpartition("/")[2]
    match = _FOLD_FILE.fullmatch(base)
    return f"fold_{match[1]}" if match else os.path.splitext(base)[0]


def fold_names(data: DataConfig) -> tuple[str, ...]:
    """The folds of a source."""
    return tuple(dict.fromkeys(file.fold for file in label_files(data)))


def check_files(data: DataConfig) -> None:
    """Find the files and read each header. Raises ConfigError on the first fault."""
    for file in label_files(data):
        header_line(file.path)


def header_line(path: str) -> int:
    """The number of the header's line, 0 if the first line is a row.

    Empty lines before it are skipped. Raises ConfigError on a first line that is neither.
    """
    number, line = next(read_lines(path, _FIRST_LINE_BYTES), (0, b""))
    if not line or is_header(line):
        return number
    if line_fault(line) is None:
        return 0
    came = shorten(line.decode("utf-8", errors="backslashreplace"))
    raise ConfigError(
        f"{path}:{number}: wrong header {came}, expected the {len(HEADER)} tab-separated columns "
        f"{' '.join(HEADER)}; put them in the first line, or leave only label files in data.labels."
    )


def is_header(line: bytes) -> bool:
    """Whether the line names the twelve columns; the first may have another name."""
    if line.partition(b"\t")[2] == "\t".join(HEADER[1:]).encode():
        return True
    try:
        return tab_cells(line)[1:] == list(HEADER[1:])
    except RowError:
        return False


def parse_number(text: str) -> float:
    """A finite decimal number within the range of float32. Raises ValueError on other texts."""
    number = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not abs(number) <= _FLOAT32_MAX:
        raise ValueError(f"{text!r} is no number")
    return number


def line_fault(line: bytes) -> str | None:
    """The message on a line (without its line end) that is no row; None if it is one."""
    try:
        fields = tab_cells(line)
    except RowError as error:
        return error.detail
    if len(fields) != len(HEADER):
        return malformed(line, f"{len(fields)} columns", f"{len(HEADER)} tab-separated columns")
    return _field_fault(line, dict(zip(HEADER, fields, strict=True)))


def _field_fault(line: bytes, fields: dict[str, str]) -> str | None:
    for name in NAMES:
        if not fields[name]:
            return malformed(line, f"an empty {name}", "a name")
    for name in NUMBERS:
        try:
            parse_number(fields[name] or "0")
        except ValueError:
            return malformed(line, f"{name} {shorten(fields[name])}", "a number or nothing")
    return None
