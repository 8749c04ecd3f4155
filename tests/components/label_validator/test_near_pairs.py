"""Near pairs among hashes, against plain loops over all pairs."""

import numpy as np
import pytest

from components.label_validator.near_pairs import MAX_BITS, find_near_pairs, first_of_group


def with_bits(word: int, bits: list[int]) -> int:
    for bit in bits:
        word ^= 1 << bit
    return word


def as_hashes(words: list[int]) -> np.ndarray[tuple[int, int], np.dtype[np.uint64]]:
    """Numbers of 256 bits as rows of four words; their first 64 bits are the first word."""
    data = b"".join(word.to_bytes(32, "big") for word in words)
    return np.frombuffer(data, np.uint64).reshape(-1, 4)


def all_near(words: list[int]) -> list[tuple[int, int]]:
    return [
        (one, two)
        for two in range(len(words))
        for one in range(two)
        if (words[one] ^ words[two]).bit_count() <= MAX_BITS
    ]


def found(words: list[int]) -> list[tuple[int, int]]:
    first, second = find_near_pairs(as_hashes(words))
    return list(zip(first.tolist(), second.tolist(), strict=True))


@pytest.mark.parametrize("seed", range(3))
def test_all_pairs_with_at_most_five_low_bits_are_found(seed: int) -> None:
    rng = np.random.default_rng(seed)
    words = [int.from_bytes(rng.bytes(32), "big") for _ in range(60)]
    for original in range(60):
        low = rng.choice(64, rng.integers(0, 6), replace=False) + 192  # The first word.
        high = rng.choice(192, rng.integers(0, 21), replace=False)
        words.append(with_bits(words[original], [*low.tolist(), *high.tolist()]))
    rng.shuffle(words)

    expected = all_near(words)

    assert len(expected) >= 20
    assert found(words) == expected


def test_one_bit_more_than_the_limit_is_not_near() -> None:
    word = int.from_bytes(np.random.default_rng(0).bytes(32), "big")

    assert found([word, with_bits(word, list(range(MAX_BITS)))]) == [(0, 1)]
    assert found([word, with_bits(word, list(range(MAX_BITS + 1)))]) == []


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_hashes_have_no_pair(count: int) -> None:
    assert found([7] * count) == []


def test_many_equal_hashes_stay_one_group_with_pairs_of_the_next_256() -> None:
    first, second = find_near_pairs(as_hashes([7] * 1000))

    assert len(first) == sum(min(256, 999 - row) for row in range(1000))
    assert first_of_group(first, second, 1000).tolist() == [0] * 1000


def test_the_first_of_a_group_is_found_through_chains() -> None:
    chain = [(9, 7), (7, 5), (2, 9), (8, 1)]
    first, second = np.array([sorted(pair) for pair in chain]).T

    result = first_of_group(first, second, 10).tolist()

    assert result == [0, 1, 2, 3, 4, 2, 6, 2, 1, 2]
