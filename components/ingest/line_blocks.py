"""Blocks of whole lines: how large label files are cut, and how the lines of a block are read."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from components.ingest.label_files import LabelFile, open_labels
from components.ingest.sources.adience_lines import BOM
from components.ingest.table import manifest_table

BLOCK_BYTES = 2 << 20


class Block(NamedTuple):
    """Whole lines of one label file."""

    file: LabelFile
    start: int  # Byte offset of the first line.
    size: int  # Bytes.
    first_line: int  # Number of the first line; 1 is the file's first.
    header: int  # Number of the header's line in the file, 0 where it has none.
    source_name: str  # First part of the keys.


class Lines(NamedTuple):
    """The lines of a block that are rows, in order."""

    texts: pa.Array  # Without line ends; bytes that are no UTF-8 as `\\xff`.
    numbers: npt.NDArray[np.int64]  # Line numbers in the file.
    raw: list[bytes] | None  # The lines as bytes, where some are no UTF-8.


def plan_blocks(
    file: LabelFile, source_name: str, header: int, block_bytes: int | None = None
) -> Iterator[Block]:
    """Cut a file at line ends into blocks of about `block_bytes`."""
    start, first_line = 0, 1
    with open_labels(file.path) as opened:
        while data := opened.read(block_bytes or BLOCK_BYTES):
            data += opened.readline()
            yield Block(file, start, len(data), first_line, header, source_name)
            start += len(data)
            first_line += data.count(b"\n")


def read_lines(block: Block) -> Lines:
    """The lines of one block."""
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
        raw = [raw[place].removesuffix(b"\r") for place in np.flatnonzero(kept)]
    return Lines(texts.filter(pa.array(kept)), numbers[kept], raw)


def malformed_rows(
    block: Block, lines: Lines, places: npt.NDArray[np.int64], fault: Callable[[bytes], str | None]
) -> pa.Table:
    """Rows of the lines that are none, with the words of `fault`."""
    numbers = lines.numbers[places]
    where = f"{block.source_name}/{block.file.source}:"
    raw = lines.raw or {place: lines.texts[place].as_py().encode() for place in places}
    return manifest_table(
        len(places),
        {
            "key": [f"{where}{number}" for number in numbers],
            "fold": [block.file.fold] * len(places),
            "detail": [fault(raw[place]) for place in places],
            "fault": ["malformed_line"] * len(places),
            "source": [block.file.source] * len(places),
            "line": numbers,
        },
    )


def in_line_order(tables: list[pa.Table]) -> pa.Table:
    """The rows of some tables of one block, in the order of lines."""
    rows = pa.concat_tables(tables)
    return rows.take(np.argsort(rows["line"].to_numpy(), kind="stable"))
