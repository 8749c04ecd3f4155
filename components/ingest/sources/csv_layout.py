"""CSV label files: header, columns and the cells of a line (light)."""

from dataclasses import asdict
from typing import NamedTuple

from components.ingest.label_files import (
    HASH_FOLDS,
    UNKNOWN_FOLD,
    LabelFile,
    find_files,
    hash_fold_names,
    read_lines,
)
from components.ingest.line_cells import split_line
from components.ingest.line_faults import malformed, shorten
from schemas.config.blocks import DataConfig
from schemas.csv_cells import EXPORT_COLUMNS, unescape
from schemas.errors import ConfigError, RowError

_FIRST_LINE_BYTES = 1 << 16  # A longer first line is no header.


class Layout(NamedTuple):
    """The columns of one file."""

    delimiter: str
    header: tuple[str, ...]
    indices: dict[str, int]  # Column indices by the key of `data.columns`.
    escaped: bool = False  # Written by `facefold labels --export`.


def label_files(data: DataConfig) -> list[LabelFile]:
    """The label files of a source, sorted; their rows name the folds."""
    return [LabelFile(path, name, UNKNOWN_FOLD) for path, name in find_files(data, "*.csv")]


def check_files(data: DataConfig) -> None:
    """Find the files and read each header. Raises ConfigError on the first fault."""
    for file in label_files(data):
        read_layout(file.path, data)


def read_layout(path: str, data: DataConfig) -> tuple[int, Layout]:
    """(number of the header's line, layout) of one file.

    Raises:
      ConfigError: the header lacks a column that `data.columns` names, or has it twice.
    """
    number, line = next(read_lines(path, _FIRST_LINE_BYTES), (0, b""))
    try:
        header = tuple(split_line(line, data.delimiter))
    except RowError as error:
        raise ConfigError(f"{path}:{number}: wrong header: {error}.") from error
    columns = {key: name for key, name in asdict(data.columns).items() if name is not None}
    for key, name in columns.items():
        if header.count(name) != 1:
            raise ConfigError(
                f"{path}:{number}: wrong header: data.columns.{key} is {name!r}, which occurs "
                f"{header.count(name)} times in {shorten(data.delimiter.join(header))}, expected "
                "it once; correct data.columns, data.delimiter or the file's first line."
            )
    return number, Layout(
        data.delimiter,
        header,
        {key: header.index(name) for key, name in columns.items()},
        escaped=set(header) >= set(EXPORT_COLUMNS),
    )


def read_cells(line: bytes, layout: Layout) -> dict[str, str]:
    """The configured cells of one line. Raises RowError on a line that is no row."""
    cells = split_line(line, layout.delimiter)
    if len(cells) != len(layout.header):
        columns = f"{len(layout.header)} columns, as the header has"
        raise RowError("malformed_line", malformed(line, f"{len(cells)} columns", columns))
    if tuple(cells) == layout.header:
        raise RowError("malformed_line", malformed(line, "the header again", "a row"))
    named = {key: cells[index] for key, index in layout.indices.items()}
    if layout.escaped:
        named = {key: unescape(cell) for key, cell in named.items()}
    for key in ("path", "subject", "photographer"):
        if named.get(key) == "":
            raise RowError("malformed_line", malformed(line, f"an empty {key}", "a name"))
    return named


def fold_names(data: DataConfig) -> tuple[str, ...]:
    """The folds of a source: by hash, or every text of the fold column, in the order of rows."""
    if data.columns.fold is None:
        return hash_fold_names()
    folds: dict[str, None] = {}
    for file in label_files(data):
        number, layout = read_layout(file.path, data)
        lines = read_lines(file.path)
        folds |= dict.fromkeys(
            _fold(line, layout) for line_number, line in lines if line_number != number
        )
    return tuple(fold for fold in folds if fold != UNKNOWN_FOLD)


def fold_scheme(data: DataConfig) -> str:
    """The column that assigns people to folds."""
    if data.columns.fold is not None:
        return f"column {data.columns.fold!r} of csv"
    if person := data.columns.photographer or data.columns.subject:
        return f"hash of {person!r} of csv"
    return f"csv in {data.images}"


def _fold(line: bytes, layout: Layout) -> str:
    try:
        return read_cells(line, layout)["fold"] or UNKNOWN_FOLD
    except RowError:
        return UNKNOWN_FOLD  # The label step reports the fault.


def notes(data: DataConfig) -> tuple[str, ...]:
    """Notes for the label report on folds and subjects."""
    texts = []
    if data.columns.fold is None:
        keys = [key for key in ("photographer", "subject") if getattr(data.columns, key)]
        key = [*keys, "path"][0]
        texts.append(
            f"csv names no folds: fold_0 to fold_{HASH_FOLDS - 1} by a stable hash of the {key}"
        )
    if data.columns.subject is None:
        texts.append("csv names no subjects: each image is its own subject")
    return tuple(texts)
