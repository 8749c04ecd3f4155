"""The fully connected network."""

import pytest

from components.trainer.models import builders
from components.trainer.models.spec import ModelSpec

pytestmark = pytest.mark.tf

SPEC = ModelSpec(64, (("age", 8), ("gender", 2)), seed=0)


def test_build_has_the_weights_counted_by_hand() -> None:
    pixels = 64 * 64 * 3
    shared = (pixels * 64 + 64) + (64 * 32 + 32) + (32 * 32 + 32) + (32 * 16 + 16) + (16 * 16 + 16)
    heads = (16 * 8 + 8) + (16 * 2 + 2)

    model = builders.build("mlp", SPEC)

    assert shared + heads == 790_602
    assert model.count_params() == 790_602


def test_both_heads_read_the_same_last_dense_layer() -> None:
    model = builders.build("mlp", SPEC)

    last = model.get_layer("dense5_relu")

    assert last.activation.__name__ == "relu"
    assert model.get_layer("age").input is last.output
    assert model.get_layer("gender").input is last.output
