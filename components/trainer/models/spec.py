"""What a builder of the zoo is told."""

from typing import NamedTuple

from schemas.config.train import NetConfig


class ModelSpec(NamedTuple):
    """One model to build. `zoo.build` checks it against the model's limits."""

    side: int  # Input height and width, in pixels.
    heads: tuple[tuple[str, int], ...]  # (head name, number of classes), one or more.
    seed: int  # Of the initial weights and of dropout; the same seed gives the same weights.
    weights: str | None = None  # Local ImageNet no-top file for a pretrained base; None: random.
    # Keras' own 0.99 needs some 500 steps before inference agrees with training: on 37 steps an
    # epoch, validation accuracy stood still for five epochs while training rose to 0.83.
    bn_momentum: float = 0.9  # Share of the old moving statistics kept in a step, in [0, 1).
    net: NetConfig = NetConfig()  # What the architecture leaves open; by default as published.
    coral: bool = False  # Heads with ordered classes are CoralHeads, else softmaxes.
