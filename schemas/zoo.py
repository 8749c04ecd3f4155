"""The model zoo as data: what can be said of a model without importing Keras.

The builders stand in `components/trainer/models/`; a test holds both tables together.
"""

import dataclasses
from typing import NamedTuple

from schemas.config.train import NetConfig


class ZooModel(NamedTuple):
    """One model of the zoo, as published."""

    side: int  # Default input height and width, in pixels.
    heads: tuple[tuple[str, int], ...]  # (head name, classes) of the published description.
    min_side: int  # Smallest input side for which every layer still has an output.
    pretrained: bool = False  # The base starts from ImageNet weights.
    batch_norm: bool = False  # Some of what it trains is a batch normalisation.


AGE_8 = (("age", 8),)
GENDER_2 = (("gender", 2),)

MODELS: dict[str, ZooModel] = {
    "xception": ZooModel(128, AGE_8, 1, batch_norm=True),
    "inception_v3": ZooModel(299, GENDER_2, 75, pretrained=True),
    "inception_v3_tuned": ZooModel(299, GENDER_2, 75, pretrained=True, batch_norm=True),
    "cnn3": ZooModel(256, GENDER_2, 8),
    "cnn4": ZooModel(256, GENDER_2, 16),
    "cnn5": ZooModel(256, GENDER_2, 32),
    "levi_hassner": ZooModel(227, AGE_8, 37, batch_norm=True),
    "utk_cnn": ZooModel(48, (("race", 5),), 16),
    "mlp": ZooModel(64, (("age", 8), ("gender", 2)), 1),
}


class Net(NamedTuple):
    """What `train.net` may change of a model, and what is published where it changes nothing."""

    keys: frozenset[str]  # Of NetConfig: those that this model takes.
    units: tuple[int, ...] = ()  # Of the dense layers before the heads, first to last.
    dropout: float = 0.0  # After each of them; before the heads where there are none.


# `l2` is of every dense layer, the heads' included. `units` and `max_norm` are of those before the
# heads, in any number. Max-norm bounds hidden units alone, as where it comes from (Srivastava et
# al. 2014, "Dropout", section 5.1): the scale of a head is how sure the model may be.
_ANY = frozenset({"dropout", "l2", "threshold"})
_DENSE = _ANY | {"units", "max_norm"}

NETS: dict[str, Net] = {
    "xception": Net(_ANY, dropout=0.5),
    "inception_v3": Net(_ANY),
    "inception_v3_tuned": Net(_DENSE, (128,), 0.2),  # Dropped before the dense layer, too.
    "cnn3": Net(_DENSE, (128,)),
    "cnn4": Net(_DENSE, (128,)),
    "cnn5": Net(_DENSE, (128,)),
    "levi_hassner": Net(_DENSE, (512, 256), 0.5),
    "utk_cnn": Net(_DENSE | {"inputs"}, (250, 250, 250)),
    "mlp": Net(_DENSE | {"pair"}, (64, 32, 32, 16, 16)),
}


def untaken_keys(model: str, net: NetConfig) -> list[str]:
    """Keys of `net` that are set, though the model does not take them."""
    return [
        field.name
        for field in dataclasses.fields(net)
        if getattr(net, field.name) != field.default and field.name not in NETS[model].keys
    ]
