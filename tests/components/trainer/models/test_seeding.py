"""Seeds of a model's random numbers."""

import keras
import numpy as np
import pytest

from components.trainer.models.seeding import derive_seed, seeded, seeded_dropout

pytestmark = pytest.mark.tf


def test_derive_seed_is_stable_and_in_range() -> None:
    # sha256("7/block1_conv/kernel_initializer") starts with 0xf0569fae, halved.
    assert derive_seed(7, "block1_conv/kernel_initializer") == 0xF0569FAE // 2
    seeds = {derive_seed(seed, f"layer{n}") for seed in range(20) for n in range(20)}
    assert len(seeds) == 400
    assert all(0 <= seed < 2**31 for seed in seeds)


def test_seeded_keeps_the_kind_of_the_initialiser() -> None:
    wide = keras.initializers.RandomNormal(mean=5.0, stddev=0.1)
    layer = seeded(keras.layers.Dense(50, kernel_initializer=wide, name="wide"), seed=3)

    layer.build((None, 50))

    kernel = np.asarray(layer.kernel)
    assert kernel.mean() == pytest.approx(5.0, abs=0.01)  # 2,500 draws: 5 standard errors.
    assert kernel.std() == pytest.approx(0.1, abs=0.01)


def test_seeded_gives_the_two_kernels_of_a_separable_convolution_their_own_seeds() -> None:
    layer = seeded(keras.layers.SeparableConv2D(3, 3, name="sep"), seed=3)

    seeds = [layer.depthwise_initializer.seed, layer.pointwise_initializer.seed]

    assert seeds == [
        derive_seed(3, "sep/depthwise_initializer"),
        derive_seed(3, "sep/pointwise_initializer"),
    ]


def test_seeded_refuses_a_layer_that_has_weights() -> None:
    layer = keras.layers.Dense(2, name="late")
    layer.build((None, 3))

    with pytest.raises(ValueError, match="'late' is built already"):
        seeded(layer, seed=3)


def test_seeded_dropout_repeats_its_mask_and_differs_between_layers() -> None:
    ones = np.ones((1, 64), np.float32)

    masks = [
        np.asarray(seeded_dropout(0.5, seed, name=name)(ones, training=True))
        for seed, name in [(1, "a"), (1, "a"), (1, "b"), (2, "a")]
    ]

    np.testing.assert_array_equal(masks[0], masks[1])
    assert not np.array_equal(masks[0], masks[2])
    assert not np.array_equal(masks[0], masks[3])
