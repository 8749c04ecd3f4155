"""The model zoo: one row a model, with everything that is known of it without Keras.

The builder of a model is the function `build(spec, published)` of the row's module below
`components/trainer/models`.
"""

import dataclasses
from typing import NamedTuple

from schemas.config.train import NetConfig

AGE_8 = (("age", 8),)
GENDER_2 = (("gender", 2),)

# `l2` applies to every dense layer, the heads' included; `units` and `max_norm` to those before the
# heads, in any number. Max-norm bounds hidden units only, as published (Srivastava et al. 2014,
# "Dropout", section 5.1): the scale of a head is the confidence that the model can express.
_ANY = frozenset({"dropout", "l2", "threshold"})
_DENSE = _ANY | {"units", "max_norm"}


class ZooModel(NamedTuple):
    """One model of the zoo, as published."""

    module: str  # Of its builder.
    side: int  # Default input height and width, in pixels.
    heads: tuple[tuple[str, int], ...]  # (head name, classes) of the published description.
    min_side: int  # Smallest input side for which every layer still has an output.
    net_keys: frozenset[str] = _ANY  # Keys of NetConfig that change this model.
    units: tuple[int, ...] = ()  # Of the dense layers before the heads, first to last.
    dropout: float = 0.0  # After each of them; before the heads where there are none.
    filters: tuple[int, ...] = ()  # Of each convolution block, for the builder.
    pretrained: bool = False  # The base starts from ImageNet weights.
    frozen_base: bool = False  # The base is never trained.
    batch_norm: bool = False  # Some of its trainable layers are batch normalisations.


MODELS: dict[str, ZooModel] = {
    "xception": ZooModel("xception", 128, AGE_8, 1, dropout=0.5, batch_norm=True),
    "inception_v3": ZooModel("inception", 299, GENDER_2, 75, pretrained=True, frozen_base=True),
    # Dropout before the dense layer, too.
    "inception_v3_tuned": ZooModel(
        "inception", 299, GENDER_2, 75, _DENSE, (128,), 0.2, pretrained=True, batch_norm=True
    ),
    "cnn3": ZooModel("cnn", 256, GENDER_2, 8, _DENSE, (128,), filters=(16, 32, 64)),
    "cnn4": ZooModel("cnn", 256, GENDER_2, 16, _DENSE, (128,), filters=(16, 32, 64, 128)),
    "cnn5": ZooModel("cnn", 256, GENDER_2, 32, _DENSE, (128,), filters=(16, 32, 64, 128, 256)),
    "levi_hassner": ZooModel(
        "levi_hassner_cnn", 227, AGE_8, 37, _DENSE, (512, 256), 0.5, batch_norm=True
    ),
    "utk_cnn": ZooModel("utk_cnn", 48, (("race", 5),), 16, _DENSE | {"inputs"}, (250, 250, 250)),
    "mlp": ZooModel("mlp", 64, AGE_8 + GENDER_2, 1, _DENSE | {"pair"}, (64, 32, 32, 16, 16)),
}


def untaken_keys(model: str, net: NetConfig) -> list[str]:
    """Keys of `net` that are set, though they change nothing in the model."""
    return [
        field.name
        for field in dataclasses.fields(net)
        if getattr(net, field.name) != field.default and field.name not in MODELS[model].net_keys
    ]
