"""The small Xception."""

import keras
import pytest

from components.trainer.models import builders
from components.trainer.models.spec import ModelSpec

pytestmark = pytest.mark.tf

SPEC = ModelSpec(37, (("age", 8),), seed=0, bn_momentum=0.75)


def separable(inputs: int, outputs: int) -> int:
    """A 3x3 kernel a channel, a matrix, biases."""
    return 9 * inputs + inputs * outputs + outputs


def test_build_has_the_weights_counted_by_hand() -> None:
    stem = 3 * 3 * 3 * 128 + 128
    blocks = sum(
        separable(inputs, outputs) + separable(outputs, outputs) + inputs * outputs + outputs
        for inputs, outputs in [(128, 256), (256, 512), (512, 728)]
    )
    last = separable(728, 1024) + 1024 * 8 + 8
    normalised = 128 + 2 * (256 + 512 + 728) + 1024  # Channels with a batch normalisation.

    model = builders.build("xception", SPEC)

    trainable = stem + blocks + last + 2 * normalised
    assert trainable == 2_729_952
    assert sum(weight.numpy().size for weight in model.trainable_weights) == trainable
    assert model.count_params() == trainable + 2 * normalised


def test_each_stage_halves_the_side_rounding_up() -> None:
    model = builders.build("xception", SPEC)

    stages = ["stem_relu", "block1_add", "block2_add", "block3_add", "exit_pool"]

    assert [model.get_layer(stage).output.shape[1:] for stage in stages] == [
        (19, 19, 128),
        (10, 10, 256),
        (5, 5, 512),
        (3, 3, 728),
        (1024,),
    ]


def test_batch_normalisations_have_the_momentum_of_the_spec() -> None:
    model = builders.build("xception", SPEC)

    momenta = [
        layer.momentum
        for layer in model.layers
        if isinstance(layer, keras.layers.BatchNormalization)
    ]

    assert momenta == [0.75] * 8
    assert SPEC._field_defaults["bn_momentum"] == 0.9
