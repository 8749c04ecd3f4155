"""Levi and Hassner's lists to manifest rows: age and gender of an image become one row."""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

import pyarrow as pa

from components.ingest.label_files import UNKNOWN_FOLD, hash_fold
from components.ingest.sources.levi_hassner_lists import (
    ListFile,
    ListLine,
    list_files,
    parse_line,
    read_lines,
)
from components.ingest.sources.source_input import SourceInput
from components.ingest.table import manifest_table
from schemas.errors import RowError

_FACE = re.compile(r"(?:landmark|coarse_tilt)_aligned_face\.([^./]+)\.[^/]+")

Row = dict[str, Any]


class _Line(NamedTuple):
    """A well-formed line and where it stands."""

    file: ListFile
    number: int
    line: ListLine


def read_rows(source: SourceInput) -> Iterator[pa.Table]:
    """A table a split: the rows in the order of the age list, then what only the other has."""
    by_split: defaultdict[str, list[ListFile]] = defaultdict(list)
    for file in list_files(source.config):
        by_split[file.source.rpartition("/")[0] + "/" + file.split].append(file)
    for files in by_split.values():
        rows = _split_rows(files, keep=source.config.splits == "keep")
        for row in rows:
            place = row.get("path") or f"{row['source']}:{row['line']}"
            row["key"] = f"{source.name}/{place}"
        names = {name for row in rows for name in row}
        yield manifest_table(len(rows), {name: [row.get(name) for row in rows] for name in names})


def _split_rows(files: list[ListFile], *, keep: bool) -> list[Row]:
    lines: dict[str, list[_Line]] = {"age": [], "gender": []}
    rows: list[Row] = []
    for file in files:
        for number, text in read_lines(file):
            try:
                lines[file.label].append(_Line(file, number, parse_line(text, file.label)))
            except RowError as error:
                rows.append(_malformed(file, number, error, keep=keep))
    rows += [_row(one, texts, keep=keep) for one, texts in _merge(lines["age"], lines["gender"])]
    return sorted(rows, key=lambda row: (row["source"], row["line"]))


def _merge(ages: list[_Line], genders: list[_Line]) -> Iterator[tuple[_Line, dict[str, str]]]:
    """Pair the k-th line of an image in one list with its k-th in the other.

    What is left over repeats the image with the last label that the other list gives it: the label
    step then finds a repeat, or a conflict where the labels differ.
    """
    by_path: dict[str, defaultdict[str, list[_Line]]] = {}
    for label, lines in (("age", ages), ("gender", genders)):
        by_path[label] = defaultdict(list)
        for one in lines:
            by_path[label][one.line.path].append(one)
    for label, other in (("age", "gender"), ("gender", "age")):
        for path, own in by_path[label].items():
            others = by_path[other].get(path, [])
            start = len(others) if label == "gender" else 0  # Paired already from the age side.
            for place in range(start, len(own)):
                texts = {label: own[place].line.text}
                if others:
                    texts[other] = others[min(place, len(others) - 1)].line.text
                yield own[place], texts


def _row(one: _Line, texts: dict[str, str], *, keep: bool) -> Row:
    path = one.line.path
    user, _, name = path.partition("/")
    face = _FACE.fullmatch(name)
    return {
        "path": path,
        "subject": face[1] if face else path,
        "photographer": user,
        "fold": one.file.split if keep else hash_fold(user),
        "age_text": texts.get("age"),
        "gender_text": texts.get("gender"),
        "fault": "path_outside_root" if one.line.outside else None,
        "detail": one.line.outside,
        "source": one.file.source,
        "line": one.number,
    }


def _malformed(file: ListFile, number: int, error: RowError, *, keep: bool) -> Row:
    return {
        "fold": file.split if keep else UNKNOWN_FOLD,
        "fault": error.reason,
        "detail": error.detail,
        "source": file.source,
        "line": number,
    }
