"""Adience label files to manifest rows, in blocks of whole lines."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import dask
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from components.faces.files import is_outside
from components.ingest.lines import BOM, HEADER, NAMES, NUMBERS, line_fault, parse_number, shorten
from components.ingest.sources import LabelFile, adience_files, header_line, open_labels
from components.ingest.table import as_mask, manifest_table
from components.ingest.tasks import Compute, in_waves
from components.ingest.walk import Walk
from schemas.config import DataConfig

BLOCK_BYTES = 8 << 20
_TABS = len(HEADER) - 1


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


def adience_rows(
    data: DataConfig, source_name: str, walk: Walk | None, compute: Compute
) -> pa.Table:
    """The rows of every label file of a source, in the order of files and lines."""
    del walk  # The images say nothing about the labels.
    blocks = [block for file in adience_files(data) for block in plan_blocks(file, source_name)]
    parse = dask.delayed(parse_block, pure=False)
    tables = in_waves([parse(block) for block in blocks], compute)
    return pa.concat_tables([manifest_table(0, {}), *tables])


def plan_blocks(
    file: LabelFile, source_name: str, block_bytes: int | None = None
) -> Iterator[Block]:
    """Cut a file at line ends into blocks of about `block_bytes`."""
    header = header_line(file.path)
    start, first_line = 0, 1
    with open_labels(file.path) as opened:
        while data := opened.read(block_bytes or BLOCK_BYTES):
            data += opened.readline()
            yield Block(file, start, len(data), first_line, header, source_name)
            start += len(data)
            first_line += data.count(b"\n")


def parse_block(block: Block) -> pa.Table:
    """The rows of one block; a malformed line is a row with a fault."""
    lines = _split(block)
    columns, well_formed = _columns(lines)
    rows = _well_formed_rows(block, columns, lines.numbers[well_formed])
    if well_formed.all():
        return rows
    malformed = _malformed_rows(block, lines, np.flatnonzero(~well_formed))
    both = pa.concat_tables([rows, malformed])
    return both.take(np.argsort(both["line"].to_numpy(), kind="stable"))


def _split(block: Block) -> Lines:
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


def _columns(lines: Lines) -> tuple[dict[str, pa.Array], npt.NDArray[np.bool_]]:
    """(columns of the well-formed lines, which lines those are)."""
    texts = lines.texts
    split = as_mask(pc.equal(pc.count_substring(texts, "\t"), _TABS))
    split &= ~as_mask(pc.match_substring(texts, "\0"))
    if lines.raw is not None:
        split &= np.array([_is_utf8(line) for line in lines.raw], np.bool_)
    columns = _cells(texts.filter(pa.array(split)))
    fine = np.ones(len(columns[HEADER[0]]), np.bool_)
    for name in NAMES:
        fine &= as_mask(pc.not_equal(columns[name], ""))
    for name in NUMBERS:
        columns[name], is_number = _numbers(columns[name])
        fine &= is_number
    well_formed = split.copy()
    well_formed[split] = fine
    return {name: cells.filter(pa.array(fine)) for name, cells in columns.items()}, well_formed


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _cells(lines: pa.Array) -> dict[str, pa.Array]:
    """The twelve columns of lines that all have eleven tabs."""
    cells = pc.split_pattern(lines, "\t").flatten()
    places = np.arange(len(lines)) * len(HEADER)
    return {name: cells.take(pa.array(places + column)) for column, name in enumerate(HEADER)}


def _numbers(texts: pa.Array) -> tuple[pa.Array, npt.NDArray[np.bool_]]:
    """(float32 numbers, null where nothing is written; which texts are a number or nothing)."""
    encoded = texts.dictionary_encode()
    numbers: list[float | None] = []
    fine = []
    for text in encoded.dictionary.to_pylist():
        try:
            number = parse_number(text) if text else None
        except ValueError:
            numbers.append(None)
            fine.append(False)
        else:
            numbers.append(number)
            fine.append(True)
    codes = encoded.indices
    is_number = np.array(fine, np.bool_)[codes.to_numpy()]
    return pa.array(numbers, pa.float32()).take(codes), is_number


def _well_formed_rows(
    block: Block, columns: dict[str, pa.Array], numbers: npt.NDArray[np.int64]
) -> pa.Table:
    path = _join(
        columns["user_id"], "/landmark_aligned_face.", columns["face_id"], ".",
        columns["original_image"],
    )  # fmt: skip
    outside = _outside_root(columns, path)
    return manifest_table(
        len(path),
        {
            "key": _join(block.source_name + "/", path),
            "path": path,
            "subject": columns["face_id"],
            "photographer": columns["user_id"],
            "fold": pa.repeat(block.file.fold, len(path)),
            "age_text": columns["age"],
            "gender_text": columns["gender"],
            "fault": ["path_outside_root" if detail else None for detail in outside],
            "detail": outside,
            "yaw": columns["fiducial_yaw_angle"],
            "tilt": columns["tilt_ang"],
            "landmark_score": columns["fiducial_score"],
            "source": pa.repeat(block.file.source, len(path)),
            "line": numbers,
        },
    )


def _join(*parts: Any) -> pa.Array:
    return pc.binary_join_element_wise(*parts, "")


def _outside_root(columns: dict[str, pa.Array], path: pa.Array) -> list[str | None]:
    """For each row, why its path leaves the image root (judged by the text alone), or None."""
    suspect = as_mask(pc.equal(columns["user_id"], ".."))
    for name in NAMES:
        suspect |= as_mask(pc.match_substring(columns[name], "/"))
    details: list[str | None] = [None] * len(path)
    for place in np.flatnonzero(suspect):
        texts = [*(columns[name][place].as_py() for name in NAMES), path[place].as_py()]
        if any(is_outside(text) for text in texts):
            details[place] = (
                f"the path {shorten(texts[-1])} leaves the image root, expected one below it; "
                "correct or remove the line"
            )
    return details


def _malformed_rows(block: Block, lines: Lines, places: npt.NDArray[np.int64]) -> pa.Table:
    numbers = lines.numbers[places]
    where = f"{block.source_name}/{block.file.source}:"
    raw = lines.raw or {place: lines.texts[place].as_py().encode() for place in places}
    return manifest_table(
        len(places),
        {
            "key": [f"{where}{number}" for number in numbers],
            "fold": [block.file.fold] * len(places),
            "detail": [line_fault(raw[place]) for place in places],
            "fault": ["malformed_line"] * len(places),
            "source": [block.file.source] * len(places),
            "line": numbers,
        },
    )
