"""The data cached in memory between epochs: decoded faces, encoded records or nothing."""

from collections.abc import Sequence
from typing import NamedTuple

import psutil
import tensorflow as tf
from distributed.system import memory_limit

CACHE_SHARE = 0.25  # Of the memory; the validation faces may take as much again.


class Memory(NamedTuple):
    """Memory of this machine, or of the container; bytes."""

    free: int  # Now.
    total: int


class CachePlan(NamedTuple):
    """The cached form, and the size of the shuffle buffer."""

    faces: bool  # Decoded; records need no cache then.
    records: bool
    shuffle_buffer: int  # Elements.


def fits(size: int, memory: Memory) -> bool:
    """Whether decoded faces of so many bytes fit in the cache."""
    return size <= CACHE_SHARE * memory.free


def plan_cache(images: int, face_bytes: int, records_bytes: int, memory: Memory) -> CachePlan:
    """Cache decoded faces if they fit in free memory, otherwise the records if those fit at all.

    In both cases the shuffle buffer holds all images, so the order does not depend on free memory,
    which differs between runs. Larger data are shuffled within a smaller buffer. Its size changes
    the order, so it depends on the total memory: it is the same in the next run. `face_bytes` are
    those of one decoded face, `records_bytes` those of all records.
    """
    if fits(images * face_bytes, memory):
        return CachePlan(faces=True, records=False, shuffle_buffer=images)
    capacity = int(CACHE_SHARE * memory.total)
    if records_bytes <= capacity:
        return CachePlan(faces=False, records=True, shuffle_buffer=images)
    buffer = max(1, images * capacity // records_bytes)
    return CachePlan(faces=False, records=False, shuffle_buffer=buffer)


def memory() -> Memory:
    """Memory that this process may use; the limit of a container counts."""
    limit = memory_limit()
    return Memory(min(psutil.virtual_memory().available, limit), limit)


def records_bytes(files: Sequence[str]) -> int:
    """Bytes of the records in GZIP files of one member each, below 4 GiB: their last four bytes.

    Source: RFC 1952, 2.3.1, ISIZE.
    """
    return sum(_unpacked_size(file) for file in files)


def _unpacked_size(file: str) -> int:
    with tf.io.gfile.GFile(file, "rb") as packed:
        packed.seek(packed.size() - 4)
        return int.from_bytes(packed.read(4), "little")
