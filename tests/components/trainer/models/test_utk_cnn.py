"""The small network for UTKFace."""

import pytest

from components.trainer.models import utk_cnn
from components.trainer.models.spec import ModelSpec

pytestmark = pytest.mark.tf


def test_build_has_the_weights_counted_by_hand() -> None:
    # Sides 48, 46, 44, pool 22, 20, 18, pool 9: 9 * 9 * 48 = 3,888 features.
    block1 = (3 * 3 * 3 * 24 + 24) + (3 * 3 * 24 * 24 + 24)
    block2 = (3 * 3 * 24 * 48 + 48) + (3 * 3 * 48 * 48 + 48)
    dense = (3_888 * 250 + 250) + (250 * 250 + 250) + (250 * 250 + 250)
    head = 250 * 5 + 5

    model = utk_cnn.build(ModelSpec(48, (("race", 5),), seed=0))

    assert block1 + block2 + dense + head == 1_136_085
    assert model.count_params() == 1_136_085


def test_every_hidden_layer_is_rectified() -> None:
    model = utk_cnn.build(ModelSpec(16, (("race", 5),), seed=0))

    activations = [layer.activation.__name__ for layer in model.layers if layer.weights]

    assert activations == ["relu"] * 7 + ["softmax"]
