"""Intra-class correlation and effective numbers against plain loops."""

import random
from statistics import fmean, variance
from typing import Any

import numpy as np
import pytest

from components.bias_review.measures.clusters import cluster_sums, correlation, effective_values


def anova(groups: list[list[float]]) -> float:
    """The intra-class correlation by sums of squares, written out."""
    everything = [value for values in groups for value in values]
    total, mean = len(everything), fmean(everything)
    between = sum(len(g) * (fmean(g) - mean) ** 2 for g in groups) / (len(groups) - 1)
    within = sum((v - fmean(g)) ** 2 for g in groups for v in g) / (total - len(groups))
    sizes = [len(g) for g in groups]
    typical = fmean(sizes) - variance(sizes) / (len(sizes) * fmean(sizes))
    return (between - within) / (between + (typical - 1) * within)


def of_people(groups: list[list[float]]) -> tuple[Any, Any]:
    cluster = [7 * number for number, values in enumerate(groups) for _ in values]
    return np.array(cluster), np.array([value for values in groups for value in values])


@pytest.mark.parametrize("seed", range(5))
def test_the_correlation_is_that_of_the_analysis_of_variance(seed: int) -> None:
    dice = random.Random(seed)
    groups = []
    for _ in range(12):
        chance = dice.random()
        groups.append([float(dice.random() < chance) for _ in range(dice.randint(2, 9))])

    found = correlation(cluster_sums(*of_people(groups)))

    assert float(found) == pytest.approx(min(1, max(0, anova(groups))))


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ([[1.0, 1.0], [0.0, 0.0, 0.0]], 1.0),
        ([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]], 0.0),  # Negative: cut.
        ([[1.0], [0.0], [1.0]], 0.0),  # One each: nothing to correlate.
        ([[1.0]], 0.0),
        ([[1.0, 0.0, 1.0]], np.nan),  # One person.
        ([[1.0, 1.0], [1.0]], np.nan),  # All equal.
    ],
)
def test_correlations_at_the_edges(groups: list[list[float]], expected: float) -> None:
    found = float(correlation(cluster_sums(*of_people(groups))))

    assert found == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(("alike", "expected"), [(0.0, 6.0), (1.0, 36 / 14), (0.5, 36 / 10)])
def test_images_of_one_person_count_less_the_more_alike_they_are(
    alike: float, expected: float
) -> None:
    sums = cluster_sums(*of_people([[1.0], [1.0, 0.0], [0.0, 0.0, 1.0]]))

    assert float(effective_values(sums, np.asarray(alike))) == pytest.approx(expected)


def test_leading_axes_are_data_sets_of_their_own() -> None:
    one = cluster_sums(*of_people([[1.0, 0.0], [1.0, 1.0], [0.0]]))
    two = cluster_sums(*of_people([[1.0, 1.0], [0.0, 0.0], [0.0]]))
    both = one._replace(
        sizes=np.stack([one.sizes, two.sizes]),
        sums=np.stack([one.sums, two.sums]),
        squares=np.stack([one.squares, two.squares]),
    )

    assert correlation(both) == pytest.approx([float(correlation(one)), float(correlation(two))])
    assert both.mean == pytest.approx([0.6, 0.4])
