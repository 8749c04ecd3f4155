"""cnn3, cnn4 and cnn5."""

from itertools import pairwise

import pytest

from components.trainer.models import cnn
from components.trainer.models.spec import ModelSpec
from schemas.zoo import MODELS

pytestmark = pytest.mark.tf

SPEC = ModelSpec(256, (("gender", 2),), seed=0)


@pytest.mark.parametrize(
    ("filters", "last_side", "expected"),
    [
        pytest.param((16, 32, 64), 32, 8_412_578, id="cnn3"),
        pytest.param((16, 32, 64, 128), 16, 4_292_130, id="cnn4"),
        pytest.param((16, 32, 64, 128, 256), 8, 2_490_146, id="cnn5"),
    ],
)
def test_build_has_the_weights_counted_by_hand(
    filters: tuple[int, ...], last_side: int, expected: int
) -> None:
    convolutions = sum(3 * 3 * a * b + b for a, b in pairwise((3, *filters)))
    flat = last_side * last_side * filters[-1]  # 256 pixels, halved once a block.
    dense = flat * 128 + 128 + 128 * 2 + 2

    model = cnn.build(SPEC, MODELS["cnn3"]._replace(filters=filters))

    assert convolutions + dense == expected
    assert model.count_params() == expected
    assert model.get_layer("dense_flatten").output.shape == (None, flat)


def test_a_block_is_rectified_and_keeps_the_side_before_its_pool() -> None:
    model = cnn.build(SPEC._replace(side=9), MODELS["cnn3"]._replace(filters=(16,)))

    block = [model.get_layer(name) for name in ("block1_conv", "block1_pool")]

    assert (
        block[0].activation.__name__ == model.get_layer("dense1_relu").activation.__name__ == "relu"
    )
    assert [layer.output.shape[1:] for layer in block] == [(9, 9, 16), (4, 4, 16)]
