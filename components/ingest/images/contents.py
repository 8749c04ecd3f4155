"""Contents of image files: streaming hashes; only regular files are opened."""

import os
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeVar

import dask
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xxhash

from components.faces.safe_open import Links, check_bytes, check_root, open_regular, read_regular
from components.ingest.images.image_faults import UNREADABLE, add_faults
from components.ingest.scheduler import in_waves
from schemas.config.blocks import ImagesConfig
from schemas.errors import ImageError
from schemas.task_stream import Compute

CHUNK_FILES = 64
_BLOCK_BYTES = 1 << 20

T = TypeVar("T")

EMPTY = "the file is empty, expected a picture; give the image or remove the row"
UNDECODABLE = "the file is no whole picture, expected JPEG or PNG; give the image again"

Progress = Callable[[int, int], None]  # (files done, files in all).


class ReadRules(NamedTuple):
    """How files are read."""

    max_bytes: int  # A larger file is not read.
    pictures: ImagesConfig | None = None  # Limits of the pictures that get a near hash.
    links: Links = None  # As in `open_regular`.


class Content(NamedTuple):
    """The result of reading one file."""

    digest: str | None  # xxh3_128, 32 hex digits; None if the file is not read.
    fault: str | None = None  # A reason of schemas.labels.rejection_reasons.
    detail: str | None = None
    near_hash: str | None = None  # Of the picture (components.faces.near_hash).


def read_contents(
    root: str,
    names: Sequence[str],
    compute: Compute,
    rules: ReadRules,
    progress: Callable[[int], None] | None = None,
) -> list[Content]:
    """The content of each file, in the order of `names`; `progress` receives the files read."""
    chunks = _chunks(names)
    task = dask.delayed(_hash_files, pure=False, traverse=False)

    def report(tasks_done: int) -> None:
        if progress:
            progress(min(tasks_done * CHUNK_FILES, len(names)))

    results = in_waves([task(root, chunk, rules) for chunk in chunks], compute, report)
    return [content for result in results for content in result]


def find_undecodable(
    files: Sequence[tuple[str, str]], compute: Compute, max_bytes: int, links: Links = None
) -> list[bool]:
    """For each file, given as (root, name), whether it is no whole picture.

    A file above `max_bytes` is not decoded and counts as a picture.
    """
    task = dask.delayed(_undecodable_files, pure=False)
    results = in_waves([task(chunk, max_bytes, links) for chunk in _chunks(files)], compute)
    return [undecodable for result in results for undecodable in result]


def _chunks(values: Sequence[T]) -> list[Sequence[T]]:
    return [values[start : start + CHUNK_FILES] for start in range(0, len(values), CHUNK_FILES)]


def _hash_files(root: str, names: Sequence[str], rules: ReadRules) -> list[Content]:
    check_root(root)
    return [hash_file(root, name, rules) for name in names]


def hash_file(root: str, name: str, rules: ReadRules) -> Content:
    """Hash one file below `root`.

    The file is read once, in blocks of a fixed size, which are kept only if the picture gets a near
    hash.
    """
    max_bytes, pictures, links = rules
    kept: list[bytes] = []
    digest = xxhash.xxh3_128()
    try:
        with open_regular(root, name, links) as file:
            check_bytes(name, os.fstat(file.fileno()).st_size, max_bytes)
            size = 0
            while block := file.read(_BLOCK_BYTES):
                digest.update(block)
                if pictures is not None:
                    kept.append(block)
                size += len(block)
                check_bytes(name, size, max_bytes)  # A file may grow.
    except ImageError as error:
        detail = f"{error}; expected a readable picture; repair or replace the file"
        return Content(None, error.reason, detail)
    except OSError as error:
        return Content(
            None, UNREADABLE, f"{name!r} cannot be read: {error.strerror}; give it again"
        )
    if not size:
        return Content(digest.hexdigest(), UNREADABLE, EMPTY)
    near_hash = None if pictures is None else _near_hash(b"".join(kept), pictures)
    return Content(digest.hexdigest(), near_hash=near_hash)


def _near_hash(encoded: bytes, limits: ImagesConfig) -> str | None:
    from components.faces.near_hash import read_near_hash  # Heavy; not needed without hashes.

    return read_near_hash(encoded, limits)


def _undecodable_files(
    files: Sequence[tuple[str, str]], max_bytes: int, links: Links
) -> list[bool]:
    return [_is_undecodable(root, name, max_bytes, links) for root, name in files]


def _is_undecodable(root: str, name: str, max_bytes: int, links: Links) -> bool:
    from components.faces.decoding import is_decodable  # Heavy; needed for shared contents alone.

    try:
        encoded = read_regular(root, name, max_bytes=max_bytes, links=links)
    except ImageError as error:
        return error.reason != "image_too_large"
    return not is_decodable(encoded)


def refuse_undecodable(
    roots: Sequence[str], tables: Sequence[pa.Table], compute: Compute, images: ImagesConfig
) -> list[pa.Table]:
    """Decode each shared content once; rows whose content is no picture become unreadable.

    Args:
      roots: the image root of each table.
      tables: manifest rows with content hashes.
      compute: runs delayed tasks.
      images: a file above its `max_bytes` is not decoded; its links are followed.
    """
    shared = dict(_shared_contents(tables))
    files = [(roots[number], path) for number, path in shared.values()]
    wrong = find_undecodable(files, compute, images.max_bytes, images.links)
    refused = pa.array(
        [digest for digest, bad in zip(shared, wrong, strict=True) if bad], pa.string()
    )
    if not len(refused):
        return list(tables)
    return [_refuse(table, refused) for table in tables]


def _refuse(table: pa.Table, refused: pa.Array) -> pa.Table:
    wrong = pc.is_in(_readable_hash(table), refused)
    none = pa.scalar(None, pa.string())
    return add_faults(
        table, pc.if_else(wrong, UNREADABLE, none), pc.if_else(wrong, UNDECODABLE, none)
    )


def _readable_hash(table: pa.Table) -> pa.ChunkedArray:
    """The content hash of rows without a fault, null elsewhere."""
    return pc.if_else(table["fault"].is_null(), table["content_hash"], None)


def _shared_contents(tables: Sequence[pa.Table]) -> Iterator[tuple[str, tuple[int, str]]]:
    """(content hash, (table number, path)): the first face of each content of several faces."""
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
    faces_of = np.bincount(codes[first_of_key])  # By content.
    first_of_content = np.unique(codes, return_index=True)[1]
    for row in first_of_content[faces_of > 1]:
        digest, path, number = (faces[name][int(row)] for name in ("content", "path", "table"))
        yield digest.as_py(), (number.as_py(), path.as_py())
