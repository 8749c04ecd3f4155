"""Losses by head, and those of ordered classes against formulas by hand."""

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import pytest
import tensorflow as tf

from components.trainer.models.heads import CoralHead
from components.trainer.training.losses import Coral, SoftLabels, losses, soft_targets
from schemas.config.train import TrainConfig

pytestmark = pytest.mark.tf

Floats = npt.NDArray[np.float64]
PLAIN = keras.losses.SparseCategoricalCrossentropy


def probabilities(rows: int, classes: int) -> Floats:
    return np.random.default_rng(classes).dirichlet(np.ones(classes), rows)


def coral(labels: Any, found: Floats) -> Floats:
    """Each binary task "is the class above k?" separately, as in the paper."""
    losses = np.zeros(len(found))
    for row, (label, given) in enumerate(zip(labels, found, strict=True)):
        for k in range(len(given) - 1):
            above = given[k + 1 :].sum()
            losses[row] -= np.log(above) if label > k else np.log(1 - above)
    return losses


def soft(labels: Any, found: Floats) -> Floats:
    losses = np.zeros(len(found))
    for row, (label, given) in enumerate(zip(labels, found, strict=True)):
        closeness = [np.exp(-((k - label) ** 2)) for k in range(len(given))]
        for k, close in enumerate(closeness):
            losses[row] -= close / sum(closeness) * np.log(given[k])
    return losses


def test_soft_targets_of_three_classes_are_those_counted_by_hand() -> None:
    near, far = 0.36787944, 0.01831564  # exp(-1), exp(-4).
    edge, middle = 1 + near + far, 1 + 2 * near

    np.testing.assert_allclose(
        soft_targets(3),
        [
            [1 / edge, near / edge, far / edge],
            [near / middle, 1 / middle, near / middle],
            [far / edge, near / edge, 1 / edge],
        ],
        rtol=1e-6,
    )


@pytest.mark.parametrize(
    ("loss", "expected"), [(Coral(), coral), (SoftLabels(), soft)], ids=["coral", "soft"]
)
@pytest.mark.parametrize("classes", [2, 3, 7, 8, 13])
def test_a_loss_is_the_sum_over_faces_with_the_label_divided_by_all(
    loss: keras.losses.Loss, expected: Any, classes: int
) -> None:
    found = probabilities(20, classes)
    labels = np.arange(20) % classes
    weights = np.where(np.arange(20) % 4 == 1, 0.0, 1.0)
    weights[7] = 2.5

    value = float(loss(labels, found.astype(np.float32), sample_weight=weights))

    assert value == pytest.approx((expected(labels, found) * weights).sum() / 20, rel=1e-5)


@pytest.mark.parametrize("loss", [Coral(), SoftLabels()], ids=["coral", "soft"])
def test_the_shape_and_type_of_labels_does_not_matter(
    loss: keras.losses.Loss,
) -> None:
    found = probabilities(6, 4).astype(np.float32)
    labels = np.array([0, 1, 2, 3, 0, 1])

    values = [
        float(loss(form, found))
        for form in (labels, labels.astype(np.float32), labels[:, np.newaxis])
    ]

    assert values[0] == values[1] == values[2]


def test_two_classes_under_coral_are_plain_cross_entropy() -> None:
    found = probabilities(9, 2).astype(np.float32)
    labels = np.arange(9) % 2
    plain = keras.losses.SparseCategoricalCrossentropy(reduction="sum_over_batch_size")

    assert float(Coral()(labels, found)) == pytest.approx(float(plain(labels, found)), rel=1e-6)


def test_a_larger_miss_costs_more_unlike_in_cross_entropy() -> None:
    near = np.array([[0.1, 0.7, 0.1, 0.1]], np.float32)
    far = np.array([[0.1, 0.1, 0.1, 0.7]], np.float32)
    plain = keras.losses.SparseCategoricalCrossentropy()

    label = np.array([0])
    assert float(plain(label, near)) == float(plain(label, far))
    for loss in (Coral(), SoftLabels()):
        assert float(loss(label, near)) < float(loss(label, far)) - 0.1


@pytest.mark.parametrize("score", [-60.0, -20.0, -3.0, 0.0, 3.0, 20.0, 60.0])
@pytest.mark.parametrize("label", [0, 3, 7])
def test_coral_and_its_gradient_are_exact_for_tiny_probabilities(score: float, label: int) -> None:
    head = CoralHead(8, "ones", name="age")
    feature = tf.Variable([[score]])
    head(feature)
    with tf.GradientTape() as tape:
        loss = Coral()([label], head(feature))
    slope = float(tape.gradient(loss, feature)[0, 0])

    # In float64: logits -log(k / (8 - k)) + score, binary cross-entropies with logits.
    logits = score - np.log(np.arange(1, 8) / (8 - np.arange(1, 8)))
    is_above = (label > np.arange(7)).astype(float)
    entropies = np.logaddexp(0, logits) - is_above * logits
    assert float(loss) == pytest.approx(entropies.sum(), rel=1e-4, abs=1e-6)
    expected = (1 / (1 + np.exp(-logits)) - is_above).sum()
    assert slope == pytest.approx(expected, rel=1e-3, abs=1e-6)


@pytest.mark.parametrize("loss", [Coral(), SoftLabels()], ids=["coral", "soft"])
def test_a_probability_of_0_has_a_large_finite_loss(loss: keras.losses.Loss) -> None:
    found = tf.Variable([[1.0, 0.0, 0.0]])
    with tf.GradientTape() as tape:
        value = loss([2], found)

    assert 50 < float(value) < 150
    assert np.isfinite(tape.gradient(value, found).numpy()).all()


@pytest.mark.parametrize(
    ("ordinal", "of_age"),
    [("cross_entropy", PLAIN), ("soft_labels", SoftLabels), ("coral", Coral)],
)
def test_only_the_age_has_the_ordinal_loss(ordinal: str, of_age: Any) -> None:
    found = losses(["age", "gender"], ordinal)

    assert {head: type(loss) for head, loss in found.items()} == {"age": of_age, "gender": PLAIN}
    assert {loss.reduction for loss in found.values()} == {"sum_over_batch_size"}


def test_every_ordinal_of_the_config_has_its_loss() -> None:
    kinds = {
        name: type(losses(["age"], name)["age"])
        for name in TrainConfig.__annotations__["ordinal"].__args__
    }

    assert len(set(kinds.values())) == len(kinds) == 3
