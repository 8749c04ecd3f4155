"""Both ends of every model: the image that goes in and the heads that come out."""

import keras
from keras import layers

from components.trainer.models.coral import CoralHead
from components.trainer.models.dense import l2_penalty
from components.trainer.models.seeds import seeded
from components.trainer.models.spec import ModelSpec
from schemas.classes import ORDERED
from schemas.features import NUMBERS, NUMBERS_OF_LABEL


def image_input(spec: ModelSpec) -> keras.KerasTensor:
    """Input `image`: float32 (batch, side, side, 3), RGB, in [-1, 1]."""
    return keras.Input((spec.side, spec.side, 3), dtype="float32", name="image")


def with_numbers(
    picture: keras.KerasTensor, features: keras.KerasTensor, spec: ModelSpec
) -> tuple[keras.KerasTensor | dict[str, keras.KerasTensor], keras.KerasTensor]:
    """Join the numbers that the spec gives beside the picture, if it gives any.

    Args:
      picture: input `image`.
      features: (batch, features), of the picture.
      spec: names the labels, `net.inputs`.

    Returns:
      What the model takes, which is `picture` alone or with it input `numbers`, float32
      (batch, 2 * labels); and the features with the numbers behind them.
    """
    if not spec.net.inputs:
        return picture, features
    width = NUMBERS_OF_LABEL * len(spec.net.inputs)
    numbers = keras.Input((width,), dtype="float32", name=NUMBERS)
    joined = layers.Concatenate(name="dense_numbers")([features, numbers])
    return {"image": picture, NUMBERS: numbers}, joined


def softmax_heads(
    features: keras.KerasTensor,
    spec: ModelSpec,
    initializer: str | keras.Initializer = "glorot_uniform",
) -> dict[str, keras.KerasTensor]:
    """One layer a head, each named after its head: a dense softmax, or CORAL's of ordered classes.

    Args:
      features: (batch, features), of any float type.
      spec: names and classes of the heads.
      initializer: of the kernels; its seed is set here.

    Returns:
      Head name to probabilities, float32 (batch, classes), each row summing to 1.
    """
    return {
        head: seeded(
            CoralHead(classes, initializer, l2_penalty(spec), name=head)
            if spec.coral and head in ORDERED
            else _softmax(classes, initializer, l2_penalty(spec), name=head),
            spec.seed,
        )(features)
        for head, classes in spec.heads
    }


def _softmax(
    classes: int,
    initializer: str | keras.Initializer,
    regularizer: keras.Regularizer | None,
    *,
    name: str,
) -> keras.layers.Dense:
    return layers.Dense(
        classes,
        activation="softmax",
        kernel_initializer=initializer,
        kernel_regularizer=regularizer,
        dtype="float32",  # Also under mixed precision: in float16 it loses the small classes.
        name=name,
    )
