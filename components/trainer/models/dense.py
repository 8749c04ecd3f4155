"""The dense layers before the heads, as published or overridden by `train.net`."""

import keras
from keras import layers

from components.trainer.models.seeding import seeded, seeded_dropout
from components.trainer.models.spec import ModelSpec
from schemas.zoo import ZooModel


def dense_layers(
    x: keras.KerasTensor,
    spec: ModelSpec,
    published: ZooModel,
    initializer: str | keras.Initializer = "glorot_uniform",
) -> keras.KerasTensor:
    """Dense, relu and dropout, once for each entry of the units.

    Args:
      x: (batch, features).
      spec: `net` overrides units, dropout, L2 and max-norm.
      published: units and dropout that the spec does not override.
      initializer: of the kernels; its seed is set here.

    Returns:
      (batch, units of the last layer).
    """
    for number, units in enumerate(spec.net.units or published.units, start=1):
        dense = layers.Dense(
            units,
            activation="relu",
            kernel_initializer=initializer,
            kernel_regularizer=l2_penalty(spec),
            kernel_constraint=_max_norm(spec),
            name=f"dense{number}_relu",
        )
        x = dropped(seeded(dense, spec.seed)(x), spec, published, name=f"dense{number}_dropout")
    return x


def dropped(
    x: keras.KerasTensor, spec: ModelSpec, published: ZooModel, *, name: str
) -> keras.KerasTensor:
    """Dropout after `x`; `x` itself where the rate is 0."""
    rate = published.dropout if spec.net.dropout is None else spec.net.dropout
    return seeded_dropout(rate, spec.seed, name=name)(x) if rate else x


def l2_penalty(spec: ModelSpec) -> keras.Regularizer | None:
    """L2 penalty of a kernel, by `net.l2`."""
    return keras.regularizers.L2(spec.net.l2) if spec.net.l2 else None


def _max_norm(spec: ModelSpec) -> keras.constraints.Constraint | None:
    """Upper bound of the norm of a unit's incoming weights, by `net.max_norm`."""
    if spec.net.max_norm is None:
        return None
    return keras.constraints.MaxNorm(spec.net.max_norm, axis=0)
