"""Adience label files to manifest rows, in blocks of whole lines."""

from collections.abc import Iterator
from typing import Any

import dask
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from components.faces.safe_open import is_outside
from components.ingest.images.image_index import Walk
from components.ingest.label_files import adience_files, header_line
from components.ingest.line_blocks import (
    Block,
    Lines,
    in_line_order,
    malformed_rows,
    plan_blocks,
    read_lines,
)
from components.ingest.sources.adience_lines import (
    HEADER,
    NAMES,
    NUMBERS,
    line_fault,
    outside_words,
    parse_number,
)
from components.ingest.sources.source_input import SourceInput
from components.ingest.table import as_mask, manifest_table
from schemas.config.blocks import DataConfig
from schemas.task_stream import stream

_TABS = len(HEADER) - 1
_READ = (*NAMES, "age", "gender", *NUMBERS)  # The other columns only have to be there.
LANDMARK, COARSE_TILT = FACE_IMAGES = ("landmark", "coarse_tilt")  # As DataConfig.faces names them.


def read_rows(source: SourceInput) -> Iterator[pa.Table]:
    """The rows of every label file of a source, in the order of files and lines."""
    faces = _face_images(source.config, source.images)
    parse = dask.delayed(parse_block, pure=False)
    blocks = (
        block
        for file in adience_files(source.config)
        for block in plan_blocks(file, source.name, header_line(file.path))
    )
    return stream((parse(block, faces) for block in blocks), source.compute)


def _face_images(data: DataConfig, walk: Walk | None) -> str:
    """The first word of the image names; the authors give two sets of images."""
    if data.faces != "auto":
        return data.faces
    there = {} if walk is None else {kind: _any_named(walk, kind) for kind in FACE_IMAGES}
    only_tilted = there.get(COARSE_TILT) and not there.get(LANDMARK)
    return COARSE_TILT if only_tilted else LANDMARK


def _any_named(walk: Walk, kind: str) -> bool:
    found = pc.any(pc.match_substring(walk.names, f"/{kind}_aligned_face.")).as_py()
    return bool(found)


def parse_block(block: Block, faces: str = LANDMARK) -> pa.Table:
    """The rows of one block; a malformed line is a row with a fault."""
    lines = read_lines(block)
    columns, well_formed = _columns(lines)
    rows = _well_formed_rows(block, columns, lines.numbers[well_formed], faces)
    if well_formed.all():
        return rows
    malformed = malformed_rows(block, lines, np.flatnonzero(~well_formed), line_fault)
    return in_line_order([rows, malformed])


def _columns(lines: Lines) -> tuple[dict[str, pa.Array], npt.NDArray[np.bool_]]:
    """(columns of the well-formed lines, which lines those are)."""
    texts = lines.texts
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


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _cells(lines: pa.Array) -> dict[str, pa.Array]:
    """The columns that are read, of lines that all have eleven tabs."""
    cells = pc.split_pattern(lines, "\t").flatten()
    places = np.arange(len(lines)) * len(HEADER)
    return {
        name: cells.take(pa.array(places + column))
        for column, name in enumerate(HEADER)
        if name in _READ
    }


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
    block: Block, columns: dict[str, pa.Array], numbers: npt.NDArray[np.int64], faces: str
) -> pa.Table:
    path = _join(
        columns["user_id"], f"/{faces}_aligned_face.", columns["face_id"], ".",
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
            details[place] = outside_words(texts[-1])
    return details
