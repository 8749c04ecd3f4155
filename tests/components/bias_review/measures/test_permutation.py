"""The permutation against all permutations, and Holm's correction by hand."""

from itertools import permutations
from typing import Any

import numpy as np
import pytest

from components.bias_review.measures.permutation import MOST_DRAWS, holm, worst_by_chance

# (group, images, right) of each person in a group.
UNITS = [(0, 4, 4), (0, 2, 2), (0, 3, 1), (1, 1, 0), (1, 5, 2), (2, 2, 2), (2, 3, 3)]


def faces(units: list[tuple[int, int, int]]) -> tuple[Any, Any, Any]:
    rows = [
        (person, group, number < right)
        for person, (group, images, right) in enumerate(units)
        for number in range(images)
    ]
    subject, group, right = (np.array(column) for column in zip(*rows, strict=True))
    return subject, group, right


def worst(units: list[tuple[int, int, int]]) -> float:
    groups = {group for group, _, _ in units}
    return min(
        sum(right for g, _, right in units if g == group)
        / sum(n for g, n, _ in units if g == group)
        for group in groups
    )


def test_the_share_of_draws_is_that_of_all_permutations() -> None:
    people = [(images, right) for _, images, right in UNITS]
    dealt = [
        worst([(group, *person) for (group, _, _), person in zip(UNITS, order, strict=True)])
        for order in permutations(people)
    ]
    expected = sum(value <= worst(UNITS) + 1e-9 for value in dealt) / len(dealt)

    found = [worst_by_chance(*faces(UNITS), np.random.default_rng(seed)) for seed in range(40)]

    assert np.mean([each.p for each in found if each]) == pytest.approx(expected, abs=0.03)
    assert np.mean([each.expected for each in found if each]) == pytest.approx(
        np.mean(dealt), abs=0.02
    )


def test_a_group_beyond_chance_has_a_small_p_after_all_draws() -> None:
    units = [(group, 3, 0 if group == 4 else 3) for group in range(5) for _ in range(8)]

    found = worst_by_chance(*faces(units), np.random.default_rng(0))

    assert found is not None
    assert found.draws == MOST_DRAWS
    assert found.p == pytest.approx(1 / (MOST_DRAWS + 1))


def test_equal_groups_end_the_draws_early() -> None:
    units = [(group, 3, 2) for group in range(5) for _ in range(8)]

    found = worst_by_chance(*faces(units), np.random.default_rng(0))

    assert found is not None
    assert found.p == 1.0
    assert found.expected == pytest.approx(2 / 3)
    assert found.draws < MOST_DRAWS / 10


def test_one_group_cannot_be_compared() -> None:
    units = [(3, 2, 1), (3, 4, 0)]

    assert worst_by_chance(*faces(units), np.random.default_rng(0)) is None
    nothing = np.zeros(0, np.int64)
    assert worst_by_chance(nothing, nothing, nothing == 1, np.random.default_rng(0)) is None


def test_holm_multiplies_the_smallest_most_and_keeps_the_order() -> None:
    assert holm([0.03, 0.01, 0.04]) == pytest.approx([0.06, 0.03, 0.06])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []
