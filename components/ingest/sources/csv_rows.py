"""Manifest rows of CSV label files."""

from collections.abc import Iterator, Sequence
from typing import Any

import dask
import numpy as np
import pyarrow as pa

from components.ingest.image_paths import below_root, root_folders
from components.ingest.label_files import UNKNOWN_FOLD, LabelFile, hash_fold
from components.ingest.line_blocks import (
    LineBlock,
    in_line_order,
    malformed_rows,
    plan_blocks,
    read_block,
)
from components.ingest.sources.csv_layout import Layout, label_files, read_cells, read_layout
from components.ingest.sources.source_input import SourceInput
from components.ingest.table import manifest_table
from schemas.errors import RowError
from schemas.task_stream import stream


def read_rows(source: SourceInput) -> Iterator[pa.Table]:
    """The rows of every file of a source, in the order of files and lines."""
    return read_files(source, label_files(source.config))


def read_files(source: SourceInput, files: Sequence[LabelFile]) -> Iterator[pa.Table]:
    """The rows of some files with the columns of a source, in the order of files and lines."""
    parse = dask.delayed(parse_block, pure=False)

    folders = root_folders(source.config.images)

    def tasks() -> Iterator[Any]:
        for file in files:
            header, layout = read_layout(file.path, source.config)
            for block in plan_blocks(file, source.name, header):
                yield parse(block, layout, folders)

    return stream(tasks(), source.compute)


def parse_block(block: LineBlock, layout: Layout, folders: tuple[str, ...]) -> pa.Table:
    """The rows of one block; a malformed line becomes a row with a fault.

    `folders` are those of `root_folders`.
    """
    lines = read_block(block)
    raw = lines.raw or [text.encode() for text in lines.texts.to_pylist()]
    rows, faults = [], {}
    for number, line in zip(lines.numbers.tolist(), raw, strict=True):
        try:
            cells = read_cells(line, layout)
            path = below_root(cells["path"], folders)
            rows.append(_row(block, cells | {"path": path}, number))
        except RowError as error:
            faults[line] = error.detail
            rows.append({})
    names = {name for row in rows for name in row}
    well_formed = [row for row in rows if row]
    columns = {name: [row[name] for row in well_formed] for name in names}
    table = manifest_table(len(well_formed), columns)
    malformed = np.flatnonzero([not row for row in rows])
    return in_line_order([table, malformed_rows(block, lines, malformed, faults.__getitem__)])


def _row(block: LineBlock, cells: dict[str, str], number: int) -> dict[str, Any]:
    path = cells["path"]
    subject = cells.get("subject", path)
    photographer = cells.get("photographer", subject)
    return {
        "key": f"{block.source_name}/{path}",
        "path": path,
        "subject": subject,
        "photographer": photographer,
        "fold": _fold(block, cells, photographer),
        "age_text": cells.get("age"),
        "gender_text": cells.get("gender"),
        "race_text": cells.get("race"),
        "source": block.file.source,
        "line": number,
    }


def _fold(block: LineBlock, cells: dict[str, str], photographer: str) -> str:
    """The fold of the file, of the row's cell, or by a hash of the photographer."""
    if block.file.fold != UNKNOWN_FOLD:
        return block.file.fold
    if "fold" in cells:
        return cells["fold"] or UNKNOWN_FOLD
    return hash_fold(photographer)
