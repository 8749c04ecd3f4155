"""Manifest rows of Adience label files."""

from collections.abc import Iterator
from typing import Any

import dask
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from components.faces.safe_open import is_outside
from components.ingest.images.image_index import ImageIndex
from components.ingest.line_blocks import (
    LineBlock,
    Lines,
    in_line_order,
    malformed_rows,
    plan_blocks,
    read_block,
)
from components.ingest.line_cells import QUOTE, tab_cells
from components.ingest.line_faults import outside_root
from components.ingest.sources.adience_files import (
    HEADER,
    NAMES,
    NUMBERS,
    header_line,
    label_files,
    line_fault,
    parse_number,
)
from components.ingest.sources.source_input import SourceInput
from components.ingest.table import as_mask, manifest_table
from schemas.config.blocks import DataConfig
from schemas.errors import RowError
from schemas.task_stream import stream

_TABS = len(HEADER) - 1
_READ = (*NAMES, "age", "gender", *NUMBERS)  # The other columns only have to exist.
LANDMARK, COARSE_TILT = "landmark", "coarse_tilt"  # Values of DataConfig.faces.


def read_rows(source: SourceInput) -> Iterator[pa.Table]:
    """The rows of every label file of a source, in the order of files and lines."""
    faces = _face_images(source.config, source.images)
    parse = dask.delayed(parse_block, pure=False)
    blocks = (
        block
        for file in label_files(source.config)
        for block in plan_blocks(file, source.name, header_line(file.path))
    )
    return stream((parse(block, faces) for block in blocks), source.compute)


def _face_images(data: DataConfig, images: ImageIndex | None) -> str:
    """The prefix of the image names; the authors publish two sets of images."""
    if data.faces != "auto":
        return data.faces
    if images is None or _has_prefix(images, LANDMARK) or not _has_prefix(images, COARSE_TILT):
        return LANDMARK
    return COARSE_TILT


def _has_prefix(images: ImageIndex, prefix: str) -> bool:
    return bool(pc.any(pc.match_substring(images.names, f"/{prefix}_aligned_face.")).as_py())


def parse_block(block: LineBlock, faces: str = LANDMARK) -> pa.Table:
    """The rows of one block; a malformed line becomes a row with a fault."""
    lines = read_block(block)
    columns, well_formed = _columns(lines)
    rows = _well_formed_rows(block, columns, lines.numbers[well_formed], faces)
    if well_formed.all():
        return rows
    malformed = malformed_rows(block, lines, np.flatnonzero(~well_formed), line_fault)
    return in_line_order([rows, malformed])


def _columns(lines: Lines) -> tuple[dict[str, pa.Array], npt.NDArray[np.bool_]]:
    """(columns of the well-formed lines, mask of those lines)."""
    texts = _without_quotes(lines.texts) if lines.quoted else lines.texts
    split = as_mask(pc.equal(pc.count_substring(texts, "\t"), _TABS))
    split &= ~as_mask(pc.match_substring(texts, "\0"))
    if lines.raw is not None:
        split &= np.array([_is_utf8(line) for line in lines.raw], np.bool_)
    columns = _cells(texts if split.all() else texts.filter(pa.array(split)))
    fine = np.ones(len(columns[HEADER[0]]), np.bool_)
    for name in NAMES:
        fine &= as_mask(pc.not_equal(columns[name], ""))
    for name in NUMBERS:
        columns[name], is_number = _numbers(columns[name])
        fine &= is_number
    if fine.all():
        return columns, split
    well_formed = split.copy()
    well_formed[split] = fine
    return {name: cells.filter(pa.array(fine)) for name, cells in columns.items()}, well_formed


def _without_quotes(texts: pa.Array) -> pa.Array:
    """The lines with quoted cells as plain ones; a line that cannot be read so becomes empty."""
    quoted = as_mask(pc.match_substring(texts, QUOTE))
    plain = []
    for text in texts.filter(pa.array(quoted)).to_pylist():
        try:
            plain.append("\t".join(tab_cells(text.encode())))
        except RowError:
            plain.append("")
    return pc.replace_with_mask(texts, pa.array(quoted), pa.array(plain, pa.string()))


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _cells(lines: pa.Array) -> dict[str, pa.Array]:
    """The columns that are read; all lines have eleven tabs."""
    cells = pc.split_pattern(lines, "\t").flatten()
    line_starts = np.arange(len(lines)) * len(HEADER)
    return {
        name: cells.take(pa.array(line_starts + column))
        for column, name in enumerate(HEADER)
        if name in _READ
    }


def _numbers(texts: pa.Array) -> tuple[pa.Array, npt.NDArray[np.bool_]]:
    """(float32 numbers, null for empty texts; mask of the texts that are empty or a number)."""
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
    block: LineBlock, columns: dict[str, pa.Array], numbers: npt.NDArray[np.int64], faces: str
) -> pa.Table:
    path = _join(
        columns["user_id"], f"/{faces}_aligned_face.", columns["face_id"], ".",
        columns["original_image"],
    )  # fmt: skip
    outside = _outside_names(columns, path)
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


def _outside_names(columns: dict[str, pa.Array], path: pa.Array) -> list[str | None]:
    """For each row, the message that a name leaves its folder, or None.

    The prefix of the image name may hide it in the path: `.../face.1.` and `/etc/passwd`.
    """
    suspect = as_mask(pc.equal(columns["user_id"], ".."))
    for name in NAMES:
        suspect |= as_mask(pc.match_substring(columns[name], "/"))
    details: list[str | None] = [None] * len(path)
    for row in np.flatnonzero(suspect):
        if any(is_outside(columns[name][row].as_py()) for name in NAMES):
            details[row] = outside_root(path[row].as_py())
    return details
