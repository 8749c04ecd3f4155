"""64-bit hashes of whole text columns: identity, not security.

Two different texts of 20 million share a hash with a probability of 1 in 90,000 (n^2 / 2^65).
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Hashes = npt.NDArray[np.uint64]

# Odd constants of MurmurHash3 and of the golden ratio; any with well mixed bits would do.
_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xFF51AFD7ED558CCD)
_WORD = 8  # Bytes mixed at a time.
_SHIFT = np.uint64(32)
_ALL = ~np.uint64(0)


def hash_texts(column: pa.Array | pa.ChunkedArray) -> Hashes:
    """The hash of each text; null is hashed as an empty one."""
    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays([pa.array([], pa.string()), *column.chunks])
    starts, lengths, data = _buffers(column)
    size = len(data) - _WORD + 1
    words: Hashes = np.ndarray((size,), "<u8", data, strides=(1,))  # One starts at every byte.
    hashes = mix(lengths.astype(np.uint64) + _MIX)
    shortest = int(lengths.min(initial=_WORD))
    for offset in range(0, int(lengths.max(initial=0)), _WORD):
        rows = slice(None) if offset < shortest else np.flatnonzero(lengths > offset)
        bits = np.minimum(lengths[rows] - offset, _WORD).astype(np.uint64) * np.uint64(8)
        word = words[starts[rows] + offset] & (_ALL >> (np.uint64(64) - bits))
        hashes[rows] = mix(hashes[rows] * _STEP ^ mix(word + _STEP))
    return hashes


def mix(values: Hashes) -> Hashes:
    """Mix the bits of integers."""
    values = (values ^ (values >> _SHIFT)) * _MIX
    return values ^ (values >> _SHIFT)


def _buffers(
    column: pa.Array,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """(offset of each text, its length in bytes, all bytes followed by a word of zeros)."""
    _, offsets, data = column.buffers()
    if offsets is None or not len(column):
        none = np.zeros(len(column), np.int64)
        return none, none, np.zeros(_WORD, np.uint8)
    ends = np.frombuffer(offsets, np.int32)[column.offset : column.offset + len(column) + 1]
    first, last = int(ends[0]), int(ends[-1])
    padded = np.zeros(last - first + _WORD, np.uint8)
    if data is not None:
        padded[: last - first] = np.frombuffer(data, np.uint8)[first:last]
    return (ends[:-1] - first).astype(np.int64), np.diff(ends).astype(np.int64), padded
