"""Contents that several faces share: only a whole picture counts as equal content."""

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from components.ingest.contents import UNDECODABLE, find_undecodable
from components.ingest.images import add_unreadable
from schemas.streams import Compute


def refuse_undecodable(
    roots: Sequence[str], tables: Sequence[pa.Table], compute: Compute, max_bytes: int
) -> list[pa.Table]:
    """Decode each shared content once; the rows of those that are no picture are unreadable.

    Args:
      roots: the image root of each table.
      tables: manifest rows with content hashes.
      compute: where the decoding runs.
      max_bytes: a larger file is not decoded.
    """
    shared = dict(_shared_contents(tables))
    files = [(roots[number], path) for number, path in shared.values()]
    wrong = find_undecodable(files, compute, max_bytes)
    refused = pa.array(
        [digest for digest, bad in zip(shared, wrong, strict=True) if bad], pa.string()
    )
    if not len(refused):
        return list(tables)
    return [_refuse(table, refused) for table in tables]


def _refuse(table: pa.Table, refused: pa.Array) -> pa.Table:
    wrong = pc.is_in(_readable_hash(table), refused)
    return add_unreadable(table, pc.if_else(wrong, UNDECODABLE, pa.scalar(None, pa.string())))


def _readable_hash(table: pa.Table) -> pa.ChunkedArray:
    """The content hash of rows without a fault, null elsewhere."""
    return pc.if_else(table["fault"].is_null(), table["content_hash"], None)


def _shared_contents(tables: Sequence[pa.Table]) -> Iterator[tuple[str, tuple[int, str]]]:
    """(content hash, (table number, path)): the first face of each that several faces show."""
    faces = pa.concat_tables(
        pa.table(
            {
                "content": _readable_hash(table),
                "key": table["key"],
                "path": table["path"],
                "table": np.full(table.num_rows, number),
            }
        )
        for number, table in enumerate(tables)
    )
    faces = faces.filter(faces["content"].is_valid())
    if not faces.num_rows:
        return
    contents = pc.dictionary_encode(faces["content"]).combine_chunks()
    keys = pc.dictionary_encode(faces["key"]).combine_chunks()
    codes = contents.indices.to_numpy()
    first_of_key = np.unique(keys.indices.to_numpy(), return_index=True)[1]
    shown_by = np.bincount(codes[first_of_key])  # Faces that show each content.
    first_of_content = np.unique(codes, return_index=True)[1]
    for place in first_of_content[shown_by > 1]:
        digest, path, number = (faces[name][int(place)] for name in ("content", "path", "table"))
        yield digest.as_py(), (number.as_py(), path.as_py())
