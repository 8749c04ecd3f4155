"""Blocks of whole lines: the units in which large label files are read."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from components.ingest.label_files import BOM, LabelFile, open_labels, read_line
from components.ingest.line_cells import QUOTE
from components.ingest.table import manifest_table

BLOCK_BYTES = 2 << 20


class LineBlock(NamedTuple):
    """Whole lines of one label file."""

    file: LabelFile
    start: int  # Byte offset of the first line.
    size: int  # Bytes.
    first_line: int  # Number of the first line; the file's first is 1.
    header: int  # Number of the header's line in the file, 0 without a header.
    source_name: str  # First part of the keys.


class Lines(NamedTuple):
    """The lines of a block except empty ones and the header, in order."""

    texts: pa.Array  # Without line ends; invalid UTF-8 as `\\xff`.
    numbers: npt.NDArray[np.int64]  # Line numbers in the file.
    raw: list[bytes] | None  # The lines as bytes if some are invalid UTF-8.
    quoted: bool  # Whether a quote stands in any of them.


def plan_blocks(
    file: LabelFile, source_name: str, header: int, block_bytes: int | None = None
) -> Iterator[LineBlock]:
    """Split a file at line ends into blocks of about `block_bytes`."""
    start, first_line = 0, 1
    with open_labels(file.path) as opened:
        while data := opened.read(block_bytes or BLOCK_BYTES):
            data += read_line(opened, file.path)
            yield LineBlock(file, start, len(data), first_line, header, source_name)
            start += len(data)
            first_line += data.count(b"\n")


def read_block(block: LineBlock) -> Lines:
    """The lines of one block as columns; the same lines as `label_files.read_lines`."""
    with open_labels(block.file.path) as file:
        file.seek(block.start)
        data = file.read(block.size)
    data = data.removeprefix(BOM) if block.start == 0 else data
    try:
        text, raw = data.decode("utf-8"), None
    except UnicodeDecodeError:
        text, raw = data.decode("utf-8", errors="backslashreplace"), data.split(b"\n")
    texts = pc.split_pattern(pa.array([text], pa.string()), "\n").flatten()
    if "\r" in text:
        texts = pc.replace_substring_regex(texts, r"\r\z", "")
    numbers = np.arange(block.first_line, block.first_line + len(texts))
    kept = (pc.binary_length(texts).to_numpy() > 0) & (numbers != block.header)
    if raw is not None:
        raw = [raw[position].removesuffix(b"\r") for position in np.flatnonzero(kept)]
    return Lines(texts.filter(pa.array(kept)), numbers[kept], raw, QUOTE in text)


def malformed_rows(
    block: LineBlock,
    lines: Lines,
    positions: npt.NDArray[np.int64],
    fault: Callable[[bytes], str | None],
) -> pa.Table:
    """Manifest rows of malformed lines, with the message of `fault`."""
    numbers = lines.numbers[positions]
    prefix = f"{block.source_name}/{block.file.source}:"
    raw = lines.raw or {position: lines.texts[position].as_py().encode() for position in positions}
    return manifest_table(
        len(positions),
        {
            "key": [f"{prefix}{number}" for number in numbers],
            "fold": [block.file.fold] * len(positions),
            "detail": [fault(raw[position]) for position in positions],
            "fault": ["malformed_line"] * len(positions),
            "source": [block.file.source] * len(positions),
            "line": numbers,
        },
    )


def in_line_order(tables: list[pa.Table]) -> pa.Table:
    """The rows of several tables of one block, sorted by line number."""
    rows = pa.concat_tables(tables)
    return rows.take(np.argsort(rows["line"].to_numpy(), kind="stable"))
