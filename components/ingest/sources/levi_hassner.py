"""Manifest rows of Levi and Hassner's lists: an image's age and gender become one row."""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

import pyarrow as pa

from components.ingest.image_paths import below_root, root_folders
from components.ingest.label_files import UNKNOWN_FOLD, hash_fold, read_lines
from components.ingest.sources.levi_hassner_lists import (
    ListFile,
    ListLine,
    list_files,
    parse_line,
)
from components.ingest.sources.source_input import SourceInput
from components.ingest.table import table_of_rows
from schemas.errors import RowError

_FACE = re.compile(r"(?:landmark|coarse_tilt)_aligned_face\.([^./]+)\.[^/]+")

Row = dict[str, Any]


class _Line(NamedTuple):
    """A well-formed line and its position."""

    file: ListFile
    number: int
    line: ListLine


def read_rows(source: SourceInput) -> Iterator[pa.Table]:
    """A table a split: the rows of the age list in order, then those of the gender list alone."""
    folders = root_folders(source.config.images)
    by_split: defaultdict[str, list[ListFile]] = defaultdict(list)
    for file in list_files(source.config):
        by_split[file.source.rpartition("/")[0] + "/" + file.split].append(file)
    for files in by_split.values():
        rows = _split_rows(files, folders, keep=source.config.splits == "keep")
        for row in rows:
            name = row.get("path") or f"{row['source']}:{row['line']}"
            row["key"] = f"{source.name}/{name}"
        yield table_of_rows(rows)


def _split_rows(files: list[ListFile], folders: tuple[str, ...], *, keep: bool) -> list[Row]:
    lines: dict[str, list[_Line]] = {"age": [], "gender": []}
    rows: list[Row] = []
    for file in files:
        for number, text in read_lines(file.path):
            try:
                line = parse_line(text, file.label)
                line = line._replace(path=below_root(line.path, folders))
                lines[file.label].append(_Line(file, number, line))
            except RowError as error:
                rows.append(_malformed(file, number, error, keep=keep))
    rows += [_row(line, texts, keep=keep) for line, texts in _merge(lines["age"], lines["gender"])]
    return sorted(rows, key=lambda row: (row["source"], row["line"]))


def _merge(ages: list[_Line], genders: list[_Line]) -> Iterator[tuple[_Line, dict[str, str]]]:
    """Pair the k-th line of an image in one list with its k-th in the other.

    A surplus line repeats the image with its last label in the other list: the label step then
    finds a repeat, or a conflict if the labels differ.
    """
    by_path: dict[str, defaultdict[str, list[_Line]]] = {}
    for label, lines in (("age", ages), ("gender", genders)):
        by_path[label] = defaultdict(list)
        for line in lines:
            by_path[label][line.line.path].append(line)
    for label, other in (("age", "gender"), ("gender", "age")):
        for path, own in by_path[label].items():
            others = by_path[other].get(path, [])
            start = len(others) if label == "gender" else 0  # The age lines are paired already.
            for index in range(start, len(own)):
                texts = {label: own[index].line.text}
                if others:
                    texts[other] = others[min(index, len(others) - 1)].line.text
                yield own[index], texts


def _row(line: _Line, texts: dict[str, str], *, keep: bool) -> Row:
    path = line.line.path
    user, _, name = path.partition("/")
    face = _FACE.fullmatch(name)
    return {
        "path": path,
        "subject": face[1] if face else path,
        "photographer": user,
        "fold": line.file.split if keep else hash_fold(user),
        "age_text": texts.get("age"),
        "gender_text": texts.get("gender"),
        "source": line.file.source,
        "line": line.number,
    }


def _malformed(file: ListFile, number: int, error: RowError, *, keep: bool) -> Row:
    return {
        "fold": file.split if keep else UNKNOWN_FOLD,
        "fault": error.reason,
        "detail": error.detail,
        "source": file.source,
        "line": number,
    }
