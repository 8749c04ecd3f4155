"""Blocks of whole lines of a label file."""

from pathlib import Path

import dask

from components.ingest.label_files import LabelFile
from components.ingest.line_blocks import plan_blocks
from components.ingest.sources.adience import parse_block
from tests.components.ingest.small_data import face_line, write_labels


def test_blocks_hold_whole_lines_and_every_byte(tmp_path: Path) -> None:
    path = write_labels(tmp_path, *(face_line(user=f"u{number}") for number in range(50)))
    file = LabelFile(str(path), path.name, "fold_0")
    content = path.read_bytes()

    blocks = list(plan_blocks(file, "adience", 1, 100))

    assert len(blocks) > 10
    cut = [content[block.start : block.start + block.size] for block in blocks]
    assert b"".join(cut) == content
    assert all(piece.endswith(b"\n") for piece in cut)
    assert [block.first_line for block in blocks] == [
        content[: block.start].count(b"\n") + 1 for block in blocks
    ]


def test_a_block_can_be_sent_through_dask(tmp_path: Path) -> None:
    path = write_labels(tmp_path, face_line())
    (block,) = plan_blocks(LabelFile(str(path), path.name, "fold_0"), "adience", 1)

    (table,) = dask.compute(dask.delayed(parse_block)(block), scheduler="sync")

    assert table.equals(parse_block(block))
