"""The contents of image files: hashed once, streaming; only regular files are opened."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

import dask
import xxhash

from components.faces.files import open_regular, read_regular
from components.ingest.tasks import in_waves
from schemas.errors import ImageError
from schemas.streams import Compute

CHUNK_FILES = 64
_BLOCK_BYTES = 1 << 20

T = TypeVar("T")

EMPTY = "the file is empty, expected a picture; give the image or remove the row"
UNDECODABLE = "the file is no whole picture, expected JPEG or PNG; give the image again"

Progress = Callable[[int, int], None]  # (files done, files in all).


class Content(NamedTuple):
    """What reading one file told."""

    digest: str | None  # xxh3_128, 32 hex digits; None where it could not be read.
    detail: str | None  # What is wrong with the file, None if nothing is.


def read_contents(
    root: str, names: Sequence[str], compute: Compute, done: Callable[[int], None] | None = None
) -> list[Content]:
    """The content of each file, in the order of `names`; `done` hears the number of files."""
    chunks = _chunks(names)
    task = dask.delayed(_hash_files, pure=False)

    def told(tasks_done: int) -> None:
        if done:
            done(min(tasks_done * CHUNK_FILES, len(names)))

    results = in_waves([task(root, chunk) for chunk in chunks], compute, told)
    return [content for result in results for content in result]


def find_undecodable(
    files: Sequence[tuple[str, str]], compute: Compute, max_bytes: int
) -> list[bool]:
    """Which of the files, given as (root, name), hold no whole picture.

    A file above `max_bytes` is not decoded: its bytes alone speak for it.
    """
    task = dask.delayed(_undecodable_files, pure=False)
    results = in_waves([task(chunk, max_bytes) for chunk in _chunks(files)], compute)
    return [undecodable for result in results for undecodable in result]


def _chunks(values: Sequence[T]) -> list[Sequence[T]]:
    return [values[at : at + CHUNK_FILES] for at in range(0, len(values), CHUNK_FILES)]


def _hash_files(root: str, names: Sequence[str]) -> list[Content]:
    return [hash_file(root, name) for name in names]


def hash_file(root: str, name: str) -> Content:
    """Hash one file below `root`, in blocks of a fixed size."""
    digest = xxhash.xxh3_128()
    try:
        with open_regular(root, name) as file:
            size = 0
            while block := file.read(_BLOCK_BYTES):
                digest.update(block)
                size += len(block)
    except (ImageError, OSError) as error:
        return Content(None, f"{error}; expected a readable picture, mend or replace the file")
    return Content(digest.hexdigest(), None if size else EMPTY)


def _undecodable_files(files: Sequence[tuple[str, str]], max_bytes: int) -> list[bool]:
    return [_is_undecodable(root, name, max_bytes) for root, name in files]


def _is_undecodable(root: str, name: str, max_bytes: int) -> bool:
    from components.faces.decoding import is_decodable  # Decoders: only where contents are shared.

    try:
        encoded = read_regular(root, name, max_bytes=max_bytes)
    except ImageError as error:
        return error.reason != "image_too_large"
    return not is_decodable(encoded)
