"""What of the faces stays in memory between the epochs: the pictures, the records, or neither."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import tensorflow as tf

SHARE = 0.25  # Of the memory; the validation faces may take as much again.

# Limits of a container, of version 2 and 1 of control groups; `max` or a huge number: none.
_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
_FREE = "MemAvailable:"  # proc(5), /proc/meminfo, in KiB.


class Memory(NamedTuple):
    """Of this machine, or of the container that it is; bytes."""

    free: int  # Now.
    whole: int


class Keeping(NamedTuple):
    """What stays, and how many neighbours a shuffle mixes."""

    faces: bool  # Decoded; so records need not stay.
    records: bool
    mixed: int


def fits(size: int, memory: Memory) -> bool:
    """Whether decoded faces of so many bytes may stay."""
    return size <= SHARE * memory.free


def choose(images: int, face_bytes: int, records_bytes: int, memory: Memory) -> Keeping:
    """Faces where they fit into what is free, else their records where these fit at all.

    All images are mixed in both cases, and so in the same order: the free memory, which is another
    in each run, changes none. What is larger still is mixed piece by piece. How large a piece is
    changes the order, so the whole memory decides that: it is the same in the next run.

    Args:
      images: how many there are.
      face_bytes: of one decoded face.
      records_bytes: of all records, encoded.
      memory: of the machine.
    """
    if fits(images * face_bytes, memory):
        return Keeping(faces=True, records=False, mixed=images)
    room = int(SHARE * memory.whole)
    if records_bytes <= room:
        return Keeping(faces=False, records=True, mixed=images)
    return Keeping(faces=False, records=False, mixed=max(1, images * room // records_bytes))


def memory() -> Memory:
    """What this process may use."""
    whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return measured(whole, Path("/proc/meminfo"), [Path(name) for name in _LIMITS])


def measured(whole: int, meminfo: Path, limits: Sequence[Path]) -> Memory:
    """The least of what the machine has and what its container allows.

    Args:
      whole: bytes that the machine has.
      meminfo: tells what is free; where there is none (macOS), half is taken to be.
      limits: one number of bytes each; those that are not there, or no number, limit nothing.
    """
    texts = [path.read_text(encoding="ascii").strip() for path in limits if path.is_file()]
    allowed = min([whole, *(int(text) for text in texts if text.isdigit())])
    free = whole // 2
    if meminfo.is_file():
        words = meminfo.read_text(encoding="ascii").split()
        free = int(words[words.index(_FREE) + 1]) * 1024
    return Memory(min(free, allowed), allowed)


def records_bytes(files: Sequence[str]) -> int:
    """Bytes of the records in GZIP files of one member each, below 4 GiB: their last four bytes.

    Source: RFC 1952, 2.3.1, ISIZE.
    """
    return sum(_unpacked(file) for file in files)


def _unpacked(file: str) -> int:
    with tf.io.gfile.GFile(file, "rb") as packed:
        packed.seek(packed.size() - 4)
        return int.from_bytes(packed.read(4), "little")
