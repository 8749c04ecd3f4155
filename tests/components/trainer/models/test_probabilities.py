"""Class names from probabilities, on vectors written by hand."""

import numpy as np
import pytest
import tensorflow as tf

from components.trainer.models.probabilities import UNDEFINED, label, likeliest, shares

pytestmark = pytest.mark.tf

NAMES = ("young", "middle", "old")


def texts(found: tf.Tensor) -> list[str]:
    return [text.decode() for text in found.numpy()]


def test_likeliest_is_the_largest_and_of_equal_ones_the_first() -> None:
    rows = tf.constant([[0.2, 0.5, 0.3], [0.4, 0.2, 0.4], [0.2, 0.4, 0.4], [1 / 3, 1 / 3, 1 / 3]])

    assert likeliest(rows).numpy().tolist() == [1, 0, 1, 0]


@pytest.mark.parametrize(
    ("threshold", "expected"),
    [
        (0.0, ["middle", "young", "old"]),
        (0.5, ["middle", UNDEFINED, "old"]),  # 0.5 is not under 0.5.
        (0.7, [UNDEFINED, UNDEFINED, "old"]),  # Nor is 0.7 under 0.7, in whatever precision.
        (0.71, [UNDEFINED, UNDEFINED, UNDEFINED]),
        (1.0, [UNDEFINED, UNDEFINED, UNDEFINED]),
    ],
)
def test_a_prediction_below_the_threshold_is_undefined(
    threshold: float, expected: list[str]
) -> None:
    rows = tf.constant([[0.2, 0.5, 0.3], [0.4, 0.2, 0.4], [0.2, 0.1, 0.7]])

    assert texts(label(rows, NAMES, threshold)) == expected


def test_a_certain_prediction_passes_every_threshold() -> None:
    assert texts(label(tf.constant([[0.0, 1.0, 0.0]]), NAMES, 1.0)) == ["middle"]


def test_an_empty_batch_has_no_labels() -> None:
    assert texts(label(tf.zeros((0, 3)), NAMES, 0.5)) == []


def test_shares_are_the_sigmoids_over_their_sum() -> None:
    # Sigmoids 1/2 and 3/4; 1/4, 1/4 and 1/2 twice over.
    rows = tf.constant([[0.0, np.log(3)], [-np.log(3), -np.log(3)]], tf.float32)

    np.testing.assert_allclose(shares(rows).numpy(), [[0.4, 0.6], [0.5, 0.5]], rtol=1e-6)


def test_shares_of_scores_beyond_all_floats_still_sum_to_1() -> None:
    rows = tf.constant([[-500.0, -500.0, -501.0], [500.0, 90.0, -500.0], [-3e38, 0.0, 3e38]])

    found = shares(rows).numpy()

    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-6)
    few = np.exp([0, 0, -1])  # Far below 0 a sigmoid is the exponential.
    np.testing.assert_allclose(found[0], few / few.sum(), rtol=1e-4)
    np.testing.assert_allclose(found[1:], [[0.5, 0.5, 0], [0, 1 / 3, 2 / 3]], atol=1e-6)
