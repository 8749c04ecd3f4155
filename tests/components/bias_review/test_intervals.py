"""Subject-clustered intervals against slow, plain ones."""

import random

import numpy as np
import pytest

from components.bias_review import intervals
from components.bias_review.intervals import Estimate, difference, generator, ratios, share, wilson

Z2 = 1.96**2


def slow_interval(subject: list[int], right: list[int], draws: int = 4_000) -> tuple[float, float]:
    """The cluster bootstrap as a loop over lists, with its own random numbers."""
    faces: dict[int, list[int]] = {}
    for person, hit in zip(subject, right, strict=True):
        faces.setdefault(person, []).append(hit)
    pools = list(faces.values())
    dice = random.Random(5)
    means = []
    for _ in range(draws):
        drawn = [hit for _ in pools for hit in dice.choice(pools)]
        means.append(sum(drawn) / len(drawn))
    means.sort()
    return means[round(0.025 * draws)], means[round(0.975 * draws)]


def correlated(seed: int, people: int, each: int) -> tuple[list[int], list[int]]:
    """Faces of people who are either nearly always right or nearly always wrong."""
    dice = random.Random(seed)
    chance = [dice.choice((0.05, 0.95)) for _ in range(people)]
    subject = [person for person in range(people) for _ in range(each)]
    return subject, [int(dice.random() < chance[person]) for person in subject]


def fast_interval(subject: list[int], right: list[int]) -> Estimate:
    columns = [np.array(right)]
    return ratios(np.array(subject), columns, generator(0, "test"))[0]


@pytest.mark.parametrize("each", [1, 2, 9], ids="{} images a subject".format)
def test_interval_agrees_with_a_plain_loop(each: int) -> None:
    subject, right = correlated(seed=each, people=40, each=each)

    estimate = fast_interval(subject, right)

    assert estimate.value == sum(right) / len(right)
    assert (estimate.low, estimate.high) == pytest.approx(slow_interval(subject, right), abs=0.03)
    assert estimate.method == "bootstrap"


def test_interval_agrees_with_a_plain_loop_where_subjects_differ_in_size() -> None:
    dice = random.Random(3)
    subject = [person for person in range(30) for _ in range(1 + person % 7)]
    right = [int(dice.random() < (0.9 if person % 2 else 0.3)) for person in subject]

    estimate = fast_interval(subject, right)

    assert (estimate.low, estimate.high) == pytest.approx(slow_interval(subject, right), abs=0.03)


def width(estimate: Estimate) -> float:
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.high - estimate.low


def test_interval_is_wider_than_one_over_rows_when_faces_of_a_subject_agree() -> None:
    subject, right = correlated(seed=1, people=40, each=10)

    clustered = fast_interval(subject, right)
    by_row = fast_interval(list(range(len(right))), right)

    assert width(clustered) > 2 * width(by_row)


def test_interval_is_the_binomial_one_when_each_subject_has_one_face() -> None:
    right = [1] * 120 + [0] * 80

    estimate = fast_interval(list(range(200)), right)

    half = 1.96 * (0.6 * 0.4 / 200) ** 0.5
    assert (estimate.low, estimate.high) == pytest.approx((0.6 - half, 0.6 + half), abs=0.012)


def test_one_subject_has_no_interval() -> None:
    estimate = fast_interval([7, 7, 7], [1, 0, 1])

    assert (estimate.low, estimate.high, estimate.method) == (None, None, "one subject")


@pytest.mark.parametrize(
    ("right", "expected"), [(1, (10 / (10 + Z2), 1)), (0, (0, Z2 / (10 + Z2)))]
)
def test_all_right_or_all_wrong_is_no_certainty(right: int, expected: tuple[float, float]) -> None:
    subject = [person for person in range(10) for _ in range(50)]

    estimate = share(fast_interval(subject, [right] * 500), subjects=10)

    assert estimate.method == "wilson"
    assert (estimate.low, estimate.high) == pytest.approx(expected, abs=1e-4)


def test_equal_shares_of_all_subjects_are_no_certainty() -> None:
    estimate = share(fast_interval([0, 0, 1, 1, 2, 2], [1, 0, 1, 0, 1, 0]), subjects=3)

    assert estimate.method == "wilson"
    assert width(estimate) > 0.5


@pytest.mark.parametrize(("value", "n"), [(0.3, 12), (0.5, 4), (0.9, 200)])
def test_wilson_bounds_are_the_shares_that_lie_z_errors_away(value: float, n: int) -> None:
    for bound in wilson(value, n):
        assert (value - bound) ** 2 == pytest.approx(Z2 * bound * (1 - bound) / n, rel=1e-3)


def test_an_interval_of_the_bootstrap_is_left_alone_by_share() -> None:
    estimate = Estimate(0.5, 0.4, 0.6, "bootstrap")

    assert share(estimate, subjects=9) is estimate


def test_samples_hold_as_many_subjects_as_there_are_however_they_are_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sums = np.stack([np.ones(30), np.arange(30.0)], axis=1)
    whole = intervals.resample(sums, generator(0, "a"))

    monkeypatch.setattr(intervals, "CHUNK", 700)
    cut = intervals.resample(sums, generator(0, "a"))

    for totals in (whole, cut):
        assert totals.shape == (intervals.REPLICATES, 2)
        assert set(totals[:, 0]) == {30.0}
        assert totals[:, 1].mean() == pytest.approx(30 * 14.5, rel=0.02)
    assert len({tuple(row) for row in cut}) > 100


def test_generators_differ_by_name_and_by_seed() -> None:
    def draw(seed: int, name: str) -> int:
        return int(generator(seed, name).integers(2**60))

    assert draw(0, "a") == draw(0, "a")
    assert len({draw(0, "a"), draw(0, "b"), draw(1, "a")}) == 3


def test_difference_without_joint_samples_combines_both_intervals() -> None:
    estimate = difference(
        Estimate(0.8, 0.7, 0.9, "bootstrap"), Estimate(0.0, 0.0, 0.3, "wilson"), paired=None
    )

    assert estimate.value == 0.8
    assert estimate.method == "combined"
    assert estimate.low == pytest.approx(0.8 - (0.1**2 + 0.3**2) ** 0.5)
    assert estimate.high == pytest.approx(0.9)


def test_difference_leaves_out_samples_in_which_a_group_has_nobody() -> None:
    paired = np.stack([np.linspace(0.5, 0.9, 101), np.full(101, 0.4)], axis=1)
    holed = np.concatenate([paired, np.full((50, 2), np.nan)])
    sides = Estimate(0.7, 0.5, 0.9, "bootstrap"), Estimate(0.4, 0.3, 0.5, "bootstrap")

    estimate = difference(*sides, holed)

    assert (estimate.low, estimate.high) == pytest.approx((0.11, 0.49))


def test_difference_to_one_subject_has_no_interval() -> None:
    estimate = difference(
        Estimate(0.8, 0.7, 0.9, "bootstrap"), Estimate(0.5, None, None, "one subject"), None
    )

    assert estimate.value == pytest.approx(0.3)
    assert (estimate.low, estimate.high) == (None, None)
