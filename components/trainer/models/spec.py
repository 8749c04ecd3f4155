"""The specification of a model to build."""

from typing import NamedTuple

from schemas.config.train import NetConfig


class ModelSpec(NamedTuple):
    """One model to build. `builders.build` checks it against the model's limits."""

    side: int  # Input height and width, in pixels.
    heads: tuple[tuple[str, int], ...]  # (head name, number of classes), one or more.
    seed: int  # Of the initial weights and of dropout; the same seed gives the same weights.
    weights: str | None = None  # Local ImageNet no-top file for a pretrained base; None: random.
    # Share of the old moving statistics kept in a step, in [0, 1). Keras' default of 0.99 needs
    # about 500 steps before inference agrees with training: on 37 steps an epoch, validation
    # accuracy stood still for five epochs while training rose to 0.83.
    bn_momentum: float = 0.9
    net: NetConfig = NetConfig()  # Overrides of the published form.
    coral: bool = False  # Heads with ordered classes are CoralHeads instead of softmaxes.
