"""CSV label files to manifest rows, in blocks of whole lines."""

from collections.abc import Iterator
from typing import Any

import dask
import numpy as np
import pyarrow as pa

from components.faces.safe_open import is_outside
from components.ingest.label_files import UNKNOWN_FOLD, hash_fold
from components.ingest.line_blocks import (
    Block,
    in_line_order,
    malformed_rows,
    plan_blocks,
    read_lines,
)
from components.ingest.sources.adience_lines import outside_words
from components.ingest.sources.csv_layout import Layout, csv_files, read_cells, read_layout
from components.ingest.sources.source_input import SourceInput
from components.ingest.table import manifest_table
from schemas.errors import RowError
from schemas.labels.classes import RACES
from schemas.task_stream import stream


def read_rows(source: SourceInput) -> Iterator[pa.Table]:
    """The rows of every file of a source, in the order of files and lines."""
    parse = dask.delayed(parse_block, pure=False)

    def tasks() -> Iterator[Any]:
        for file in csv_files(source.config):
            header, layout = read_layout(file.path, source.config)
            for block in plan_blocks(file, source.name, header):
                yield parse(block, layout)

    return stream(tasks(), source.compute)


def parse_block(block: Block, layout: Layout) -> pa.Table:
    """The rows of one block; a malformed line is a row with a fault."""
    lines = read_lines(block)
    raw = lines.raw or [text.encode() for text in lines.texts.to_pylist()]
    rows, faults = [], {}
    for place, line in enumerate(raw):
        try:
            rows.append(_row(block, read_cells(line, layout), int(lines.numbers[place])))
        except RowError as error:
            faults[line] = error.detail
            rows.append({})
    names = {name for row in rows for name in row}
    whole = [row for row in rows if row]
    table = manifest_table(len(whole), {name: [row[name] for row in whole] for name in names})
    bad = np.flatnonzero([not row for row in rows])
    return in_line_order([table, malformed_rows(block, lines, bad, faults.__getitem__)])


def _row(block: Block, cells: dict[str, str], number: int) -> dict[str, Any]:
    path = cells["path"]
    subject = cells.get("subject", path)
    photographer = cells.get("photographer", subject)
    outside = outside_words(path) if is_outside(path) else None
    return {
        "key": f"{block.source_name}/{path}",
        "path": path,
        "subject": subject,
        "photographer": photographer,
        "fold": cells["fold"] or UNKNOWN_FOLD if "fold" in cells else hash_fold(photographer),
        "race": cells["race"] if cells.get("race") in RACES else None,
        "age_text": cells.get("age"),
        "gender_text": cells.get("gender"),
        "fault": None if outside is None else "path_outside_root",
        "detail": outside,
        "source": block.file.source,
        "line": number,
    }
