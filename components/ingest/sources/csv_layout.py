"""CSV label files: their columns, and the cells of one line (light)."""

import csv
from dataclasses import asdict
from typing import NamedTuple

from components.ingest.label_files import (
    HASH_FOLDS,
    UNKNOWN_FOLD,
    LabelFile,
    find_files,
    first_line,
    hash_fold_names,
    open_labels,
)
from components.ingest.sources.adience_lines import BOM, malformed, read_text, shorten
from schemas.config.blocks import DataConfig
from schemas.errors import ConfigError, RowError

_FOLDER_PATTERN = "*.csv"


class Layout(NamedTuple):
    """Where the columns of one file are."""

    delimiter: str
    header: tuple[str, ...]
    places: dict[str, int]  # By the key of `data.columns`.


def csv_files(data: DataConfig) -> list[LabelFile]:
    """The label files of a source, sorted; their rows name the folds."""
    found = find_files(data, _FOLDER_PATTERN)
    return [LabelFile(path, name, UNKNOWN_FOLD) for path, name in found]


def check_files(data: DataConfig) -> None:
    """Find the files and read each header. Raises ConfigError on the first fault."""
    for file in csv_files(data):
        read_layout(file.path, data)


def read_layout(path: str, data: DataConfig) -> tuple[int, Layout]:
    """(number of the header's line, layout) of one file.

    Raises:
      ConfigError: the header lacks a column that `data.columns` names, or has it twice.
    """
    number, line = first_line(path)
    try:
        header = tuple(split_line(line, data.delimiter))
    except RowError as error:
        raise ConfigError(f"{path}:{number}: wrong header: {error}.") from error
    wanted = {key: name for key, name in asdict(data.columns).items() if name is not None}
    for key, name in wanted.items():
        if header.count(name) != 1:
            raise ConfigError(
                f"{path}:{number}: wrong header: data.columns.{key} is {name!r}, which stands "
                f"{header.count(name)} times in {shorten(data.delimiter.join(header))}, expected "
                "it once; correct data.columns, data.delimiter or the file's first line."
            )
    return number, Layout(
        data.delimiter, header, {key: header.index(name) for key, name in wanted.items()}
    )


def split_line(line: bytes, delimiter: str) -> list[str]:
    """The cells of one line; quotes may enclose a cell, but no line end. Raises RowError."""
    text, fault = read_text(line)
    if fault:
        raise RowError("malformed_line", fault)
    try:
        rows = list(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error as error:
        detail = malformed(line, f"unreadable cells ({error})", "cells with whole quotes")
        raise RowError("malformed_line", detail) from error
    return rows[0] if rows else []


def read_cells(line: bytes, layout: Layout) -> dict[str, str]:
    """The named cells of one line. Raises RowError on a line that is no row."""
    cells = split_line(line, layout.delimiter)
    if len(cells) != len(layout.header):
        columns = f"{len(layout.header)} columns, as the header has"
        raise RowError("malformed_line", malformed(line, f"{len(cells)} columns", columns))
    if tuple(cells) == layout.header:
        raise RowError("malformed_line", malformed(line, "the header again", "a row"))
    found = {key: cells[place] for key, place in layout.places.items()}
    for key in ("path", "subject", "photographer"):
        if found.get(key) == "":
            raise RowError("malformed_line", malformed(line, f"an empty {key}", "a name"))
    return found


def fold_names(data: DataConfig) -> set[str]:
    """The folds of a source's rows: by hash, or every text of the fold column."""
    if data.columns.fold is None:
        return hash_fold_names()
    folds = set()
    for file in csv_files(data):
        number, layout = read_layout(file.path, data)
        with open_labels(file.path) as opened:
            for place, line in enumerate(opened, start=1):
                text = line.removeprefix(BOM).rstrip(b"\r\n")
                if place != number and text:
                    folds.add(_fold(text, layout))
    return folds - {UNKNOWN_FOLD}


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
        return UNKNOWN_FOLD  # The label step says what is wrong with the line.


def notes(data: DataConfig) -> tuple[str, ...]:
    """What the label report says of the folds and subjects."""
    found = []
    if data.columns.fold is None:
        who = "photographer" if data.columns.photographer else "subject"
        who = who if data.columns.photographer or data.columns.subject else "path"
        found.append(
            f"csv names no folds: fold_0 to fold_{HASH_FOLDS - 1} by a stable hash of the {who}"
        )
    if data.columns.subject is None:
        found.append("csv names no subjects: each image is its own subject")
    return tuple(found)
