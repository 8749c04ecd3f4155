"""The network of Levi and Hassner."""

import keras
import numpy as np
import pytest

from components.trainer.models import builders
from components.trainer.models.spec import ModelSpec

pytestmark = pytest.mark.tf

SPEC = ModelSpec(61, (("age", 8), ("gender", 2)), seed=0, bn_momentum=0.75)


def test_stages_have_unpadded_shapes() -> None:
    # 61; 7x7: 55, pool 3/2: 27; 5x5: 23, pool 3/2: 11; 3x3: 9, pool 3/3: 3.
    names = ["stage1_conv", "stage1_bn", "stage2_conv", "stage2_bn", "stage3_conv", "stage3_pool"]

    model = builders.build("levi_hassner", SPEC)

    assert [model.get_layer(name).output.shape[1:] for name in names] == [
        (55, 55, 96),
        (27, 27, 96),
        (23, 23, 256),
        (11, 11, 256),
        (9, 9, 384),
        (3, 3, 384),
    ]


def test_every_kernel_is_drawn_from_a_normal_of_deviation_a_hundredth() -> None:
    model = builders.build("levi_hassner", SPEC)

    kernels = {layer.name: np.asarray(layer.kernel) for layer in model.layers if has_kernel(layer)}

    assert len(kernels) == 7  # Three convolutions, two dense layers, two heads.
    for name, kernel in kernels.items():
        error = 0.01 / np.sqrt(kernel.size)
        assert abs(kernel.mean()) < 4 * error, name
        assert abs(kernel.std() - 0.01) < 4 * error, name
        assert kernel.max() > 0.02, name  # A normal, not cut at two deviations.


def test_batch_normalisations_have_the_momentum_of_the_spec() -> None:
    model = builders.build("levi_hassner", SPEC)

    momenta = [
        layer.momentum
        for layer in model.layers
        if isinstance(layer, keras.layers.BatchNormalization)
    ]

    assert momenta == [0.75, 0.75]


def test_half_is_dropped_after_each_dense_layer() -> None:
    model = builders.build("levi_hassner", SPEC)

    tail = [layer.name for layer in model.layers][-7:]

    assert tail == [
        "dense_flatten",
        "dense1_relu",
        "dense1_dropout",
        "dense2_relu",
        "dense2_dropout",
        "age",
        "gender",
    ]
    assert [model.get_layer(f"dense{n}_dropout").rate for n in (1, 2)] == [0.5, 0.5]


def has_kernel(layer: keras.Layer) -> bool:
    return isinstance(layer, keras.layers.Conv2D | keras.layers.Dense)
