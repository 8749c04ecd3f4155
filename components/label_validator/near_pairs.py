"""Pairs of near equal hashes among many, without comparing all pairs.

Multi-index hashing (Norouzi, Punjani and Fleet 2012): hashes are compared if three of the eight
bytes of their first word are equal, as they are for all that differ in at most five of its bits.
Memory: 64 bytes a hash, and 8 a pair.
"""

from itertools import combinations

import numpy as np
import numpy.typing as npt

# Largest number of the 255 bits in which near repeats differ. Copies at half size, or encoded anew
# at JPEG quality 60, differ in at most 12 (586 UTKFace and 118 FairFace faces). The nearest pair of
# different people among 2,927 UTKFace faces differs in 47, of the demo's 1,498 drawn faces in 24.
MAX_BITS = 20

_WORDS = 4  # uint64 of a hash.
_PARTS = 8  # Bytes of the first word.
_EQUAL_PARTS = 3
_NEIGHBOURS = 256  # Hashes with equal parts that follow a hash and are compared with it.
_CHUNK = 1 << 17  # Pairs compared at a time.

_ONES = np.array([number.bit_count() for number in range(1 << 16)], np.uint8)

Hashes = npt.NDArray[np.uint64]  # (hashes, 4).
Positions = npt.NDArray[np.int64]


def find_near_pairs(hashes: Hashes) -> tuple[Positions, Positions]:
    """Positions (first, second) of the near pairs, first < second, sorted by second and first.

    Of more than 256 hashes with equal parts, each is compared with the 256 that follow it, so
    that a group of near repeats stays connected.
    """
    count = len(hashes)
    parts = np.ascontiguousarray(hashes[:, 0]).view(np.uint8).reshape(count, _PARTS)
    known = np.zeros(0, np.int64)
    for chosen in combinations(range(_PARTS), _EQUAL_PARTS):
        key = np.zeros(count, np.uint32)
        for part in chosen:
            key = key << np.uint32(8) | parts[:, part]
        known = np.union1d(known, _pairs_of_key(hashes, key))
    return known % max(count, 1), known // max(count, 1)


def _pairs_of_key(hashes: Hashes, key: npt.NDArray[np.uint32]) -> Positions:
    """The near pairs among hashes with equal keys, as `second * hashes + first`."""
    order = np.argsort(key, kind="stable")
    key = key[order]
    starts = np.arange(len(key))
    found = [np.zeros(0, np.int64)]
    for lag in range(1, _NEIGHBOURS + 1):
        starts = starts[starts + lag < len(key)]
        starts = starts[key[starts] == key[starts + lag]]
        if not len(starts):
            break
        for begin in range(0, len(starts), _CHUNK):
            chunk = starts[begin : begin + _CHUNK]
            first, second = order[chunk], order[chunk + lag]
            near = _are_near(hashes, first, second)
            found.append(second[near] * len(key) + first[near])
    return np.concatenate(found)


def _are_near(hashes: Hashes, first: Positions, second: Positions) -> npt.NDArray[np.bool_]:
    """Whether pairs of hashes are near; the last word alone shows most of those that are not."""
    near = _bits(hashes[first, -1:], hashes[second, -1:]) <= MAX_BITS
    rows = np.flatnonzero(near)
    near[rows] = differing_bits(hashes, first[rows], second[rows]) <= MAX_BITS
    return near


def differing_bits(hashes: Hashes, first: Positions, second: Positions) -> Positions:
    """The number of bits in which pairs of hashes differ."""
    return _bits(hashes[first], hashes[second])


def _bits(one: Hashes, other: Hashes) -> Positions:
    words = np.ascontiguousarray(one ^ other).view(np.uint16)
    counts: Positions = _ONES[words].sum(axis=1, dtype=np.int64)
    return counts


def first_of_group(first: Positions, second: Positions, count: int) -> Positions:
    """For each of `count` items, the first one that pairs connect it with; itself without any."""
    group = np.arange(count)
    while True:
        lowest = np.minimum(group[first], group[second])
        joined = group.copy()
        np.minimum.at(joined, group[first], lowest)
        np.minimum.at(joined, group[second], lowest)
        joined = joined[joined]
        if np.array_equal(joined, group):
            return group
        group = joined
