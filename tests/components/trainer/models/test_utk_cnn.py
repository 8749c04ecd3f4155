"""The small network for UTKFace."""

import numpy as np
import pytest

from components.trainer.models import builders
from components.trainer.models.spec import ModelSpec
from schemas.config.train import NetConfig

pytestmark = pytest.mark.tf


def test_build_has_the_weights_counted_by_hand() -> None:
    # Sides 48, 46, 44, pool 22, 20, 18, pool 9: 9 * 9 * 48 = 3,888 features.
    block1 = (3 * 3 * 3 * 24 + 24) + (3 * 3 * 24 * 24 + 24)
    block2 = (3 * 3 * 24 * 48 + 48) + (3 * 3 * 48 * 48 + 48)
    dense = (3_888 * 250 + 250) + (250 * 250 + 250) + (250 * 250 + 250)
    head = 250 * 5 + 5

    model = builders.build("utk_cnn", ModelSpec(48, (("race", 5),), seed=0))

    assert block1 + block2 + dense + head == 1_136_085
    assert model.count_params() == 1_136_085


def test_each_label_beside_the_image_adds_two_numbers_to_the_first_dense_layer() -> None:
    spec = ModelSpec(48, (("race", 5),), seed=0, net=NetConfig(inputs=("age", "gender")))

    model = builders.build("utk_cnn", spec)

    assert model.count_params() == 1_136_085 + 2 * 2 * 250
    assert {name: each.shape for name, each in model.input.items()} == {
        "image": (None, 48, 48, 3),
        "numbers": (None, 4),
    }


def test_numbers_change_the_prediction_and_zeros_add_nothing() -> None:
    spec = ModelSpec(16, (("race", 5),), seed=0, net=NetConfig(inputs=("age", "gender")))
    model = builders.build("utk_cnn", spec)
    image = np.random.default_rng(0).uniform(-1, 1, (1, 16, 16, 3)).astype(np.float32)
    kernel = model.get_layer("dense1_relu").kernel
    features = model.get_layer("dense_flatten").output.shape[1]

    known = model({"image": image, "numbers": np.array([[0.5, 1, 0, 1]], np.float32)})
    missing = model({"image": image, "numbers": np.zeros((1, 4), np.float32)})
    kernel.assign(np.concatenate([kernel.numpy()[:features], np.zeros((4, 250))]))
    without = model({"image": image, "numbers": np.ones((1, 4), np.float32)})

    np.testing.assert_allclose(missing["race"], without["race"], atol=1e-7)
    assert np.abs(np.asarray(known["race"]) - np.asarray(missing["race"])).max() > 1e-4


def test_every_hidden_layer_is_rectified() -> None:
    model = builders.build("utk_cnn", ModelSpec(16, (("race", 5),), seed=0))

    activations = [layer.activation.__name__ for layer in model.layers if layer.weights]

    assert activations == ["relu"] * 7 + ["softmax"]
