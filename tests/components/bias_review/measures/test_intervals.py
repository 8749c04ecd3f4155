"""Intervals against their definitions, written out, and how often they hold the truth."""

import random
from math import sqrt
from statistics import fmean

import numpy as np
import pytest

from components.bias_review.measures import intervals
from components.bias_review.measures.clusters import ClusterSums, cluster_sums
from components.bias_review.measures.intervals import Estimate
from tests.benchmarks.people import Cell, all_or_nothing, beta, coverage, rising

Z = 1.959964  # 97.5 % of the standard normal distribution.
T_2 = 4.302653  # Of Student's distribution with 2 degrees of freedom.


def by_subject(right: list[list[int]]) -> dict[str, ClusterSums]:
    subject = [person for person, values in enumerate(right) for _ in values]
    return {"subject": cluster_sums(np.array(subject), np.concatenate(right))}


@pytest.mark.parametrize(("value", "n"), [(0.8, 10.0), (0.5, 2.5), (0.123, 400.0), (0.97, 31.0)])
def test_a_bound_is_the_share_whose_standard_error_reaches_the_value(
    value: float, n: float
) -> None:
    for bound in intervals.wilson(np.asarray(value), np.asarray(n)):
        assert abs(value - bound) == pytest.approx(Z * sqrt(bound * (1 - bound) / n), rel=1e-5)


def test_all_right_of_ten_is_wilsons_known_interval() -> None:
    low, high = intervals.wilson(np.asarray(1.0), np.asarray(10.0))

    assert [float(low), float(high)] == pytest.approx([0.7225, 1.0], abs=1e-4)
    low, high = intervals.wilson(np.asarray(0.0), np.asarray(10.0))
    assert [float(low), float(high)] == pytest.approx([0.0, 0.2775], abs=1e-4)


def test_one_error_moves_the_interval_and_does_not_narrow_it() -> None:
    pooled = {"subject": 0.3}
    whole = intervals.share(by_subject([[1]] * 13), pooled)
    less = intervals.share(by_subject([[1]] * 12 + [[0]]), pooled)

    assert whole.low == pytest.approx(0.7719, abs=1e-4)
    assert whole.high == 1.0
    assert less.low is not None
    assert less.high is not None
    assert less.low < 0.7719
    assert less.high - less.low > 1 - 0.7719


def test_the_larger_correlation_decides() -> None:
    alike = by_subject([[1, 1, 1], [0, 0, 0], [1, 1, 1], [1, 1, 1]])
    unlike = by_subject([[1, 0, 1], [1, 1, 0], [0, 1, 1], [1, 1, 1]])
    equal = by_subject([[1, 1, 1], [1, 1, 1]])

    assert intervals.share(alike, {"subject": 0.1}).size == pytest.approx(4 * (1 - 1 / 4))
    assert intervals.share(unlike, {"subject": 0.5}).size == pytest.approx(12 / 2 * (1 - 0.5 / 4))
    assert intervals.share(equal, {"subject": 0.25}).size == pytest.approx(6 / 1.5 * (1 - 0.25 / 2))


def test_faces_that_are_all_right_show_no_correlation_so_subjects_count() -> None:
    sums = by_subject([[1, 1, 1], [1, 1, 1]])

    pooled = float(intervals.pooled_correlation(sums["subject"]))

    assert pooled == 1.0
    assert intervals.share(sums, {"subject": pooled}).size == pytest.approx(2 - 1)


def test_the_wider_of_subjects_and_photographers_decides() -> None:
    right = np.array([1, 1, 0, 0, 1, 1, 0, 0])
    clusters = {
        "subject": cluster_sums(np.arange(8), right),
        "photographer": cluster_sums(np.arange(8) // 2, right),
    }
    share = intervals.share(clusters, {"subject": 0.0, "photographer": 0.0})

    assert share.method == "wilson by photographer"
    assert share.size == pytest.approx(4 - 1)
    assert intervals.mean(clusters).method == "jackknife by photographer"


def test_a_mean_is_jackknifed_by_subject() -> None:
    errors = [[1, -1, 2], [0], [3], [-2]]  # (3 + 1 + 1 + 1)^2 / (9 + 1 + 1 + 1) - 1 = 2.
    everything = [value for person in errors for value in person]
    without = [
        fmean([v for other, person in enumerate(errors) if other != left for v in person])
        for left in range(4)
    ]
    half = T_2 * sqrt(3 / 4 * sum((value - fmean(everything)) ** 2 for value in without))

    found = intervals.mean(by_subject(errors))

    assert found.value == pytest.approx(fmean(everything))
    assert found.low == pytest.approx(found.value - half, rel=1e-5)
    assert found.high == pytest.approx(found.value + half, rel=1e-5)
    assert found.method == "jackknife by subject"


def test_a_mean_of_one_subject_has_no_interval() -> None:
    assert intervals.mean(by_subject([[1, 2, 3]])) == Estimate(2.0, None, None, "one subject")


def test_a_difference_is_bounded_by_both_sides_bounds() -> None:
    better, worse = Estimate(0.8, None, None, "", 40.0), Estimate(0.6, None, None, "", 25.0)
    (low_1, high_1), (low_2, high_2) = (
        intervals.share_of_size(side, 0.025) for side in (better, worse)
    )

    low, high = intervals.difference_bounds(better, worse, 0.025)

    assert low == pytest.approx(0.2 - sqrt((0.8 - low_1) ** 2 + (high_2 - 0.6) ** 2))
    assert high == pytest.approx(0.2 + sqrt((high_1 - 0.8) ** 2 + (0.6 - low_2) ** 2))


@pytest.mark.parametrize("value", [0.35, 0.55, 0.9])
def test_so_many_images_would_decide(value: float) -> None:
    estimate = Estimate(value, None, None, "", 20.0)

    images = intervals.images_to_decide(estimate, 60, 0.5, 0.05)

    assert images is not None
    low, high = intervals.share_of_size(estimate._replace(size=images / 3), 0.05)
    less = intervals.share_of_size(estimate._replace(size=images / 3 - 1), 0.05)
    assert low >= 0.5 or high <= 0.5
    assert less[0] < 0.5 < less[1]
    assert intervals.images_to_decide(estimate, 60, value, 0.05) is None


@pytest.mark.parametrize(
    ("cell", "least"),
    [
        (Cell("", beta, 0.8, 0.3, 0.3), 0.93),
        (Cell("", beta, 0.5, 0.4, 0.2), 0.93),
        (Cell("", all_or_nothing, 0.8, 1.0, 1.0), 0.93),
        (Cell("", rising, 0.8, 0.3, 0.3), 0.915),
    ],
    ids=["correlated", "more than pooled", "all or nothing", "rising"],
)
def test_intervals_hold_the_truth_as_often_as_they_say(cell: Cell, least: float) -> None:
    ours, by_image = coverage(cell, subjects=15, data_sets=2_000, seed=1)

    assert least - 0.01 <= ours <= 0.99  # One standard error of 2,000 data sets is 0.005.
    assert by_image < 0.9


def test_a_simulated_population_has_the_share_that_is_asked_for() -> None:
    dice = random.Random(0)
    cell = Cell("", rising, 0.8, 0.3, 0.3)

    drawn = cell.draw(4_000, 50, 0.3, np.random.default_rng(dice.randint(0, 9)))

    assert float(drawn.sums.sum() / drawn.sizes.sum()) == pytest.approx(cell.truth, abs=0.004)
