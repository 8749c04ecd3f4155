"""Calibration and answered shares against numbers worked out by hand."""

import numpy as np
import pytest

from components.bias_review.measures.confidence import (
    BINS,
    answered,
    calibration_error,
    reliability,
)


def test_bins_hold_equally_many_images_by_rising_confidence() -> None:
    confidence = np.linspace(0.99, 0.2, 47)

    bins = reliability(confidence, np.ones(47, np.bool_))

    assert len(bins) == BINS
    assert {each.images for each in bins} == {3, 4}
    assert [each.confidence for each in bins] == sorted(each.confidence for each in bins)
    assert sum(each.images for each in bins) == 47


def test_the_calibration_error_is_the_mean_distance_over_images() -> None:
    confidence = np.repeat([0.6, 0.9], [30, 15])  # Ten bins of three, then five of three.
    right = np.array([True] * 12 + [False] * 18 + [True] * 15)

    bins = reliability(confidence, right)

    expected = (12 * 0.4 + 18 * 0.6 + 15 * 0.1) / 45
    assert calibration_error(bins) == pytest.approx(expected)


def test_a_group_of_few_images_has_as_many_bins() -> None:
    assert len(reliability(np.array([0.5, 0.7]), np.array([True, False]))) == 2


def test_answers_above_a_threshold_are_counted_and_judged() -> None:
    confidence, right = np.array([0.4, 0.5, 0.9, 0.95]), np.array([False, True, False, True])

    assert list(answered(confidence, right, 0.5)) == pytest.approx([0.5, 0.75, 2 / 3])
    assert answered(confidence, right, 0.99) == (0.99, 0.0, None)
