"""The network of Levi and Hassner (2015), "Age and Gender Classification using CNNs".

As published for Adience, with convolutions of stride 1 and batch normalisation in place of local
response normalisation.
"""

from typing import NamedTuple

import keras
from keras import layers

from components.trainer.models.batch_norm import FusedBatchNormalization
from components.trainer.models.dense import dense_layers
from components.trainer.models.heads import softmax_heads
from components.trainer.models.inputs import image_input
from components.trainer.models.seeding import seeded
from components.trainer.models.spec import ModelSpec
from schemas.zoo import ZooModel


class Stage(NamedTuple):
    """One convolution with its pooling (window 3)."""

    filters: int
    kernel: int  # Side of the kernel, in pixels.
    pool_stride: int
    normalised: bool


STAGES = (Stage(96, 7, 2, True), Stage(256, 5, 2, True), Stage(384, 3, 3, False))
WEIGHT_STDDEV = 0.01  # Section 3.2 of the paper: zero mean, in all layers.


def build(spec: ModelSpec, published: ZooModel) -> keras.Model:
    """Three unpadded convolution stages, dense layers with dropout (two are published), heads.

    Input in [-1, 1].
    """
    inputs = image_input(spec)
    x = inputs
    for number, stage in enumerate(STAGES, start=1):
        x = conv_stage(x, stage, spec, name=f"stage{number}")
    x = layers.Flatten(name="dense_flatten")(x)
    x = dense_layers(x, spec, published, _gaussian())
    return keras.Model(inputs, softmax_heads(x, spec, _gaussian()), name="levi_hassner")


def conv_stage(
    x: keras.KerasTensor, stage: Stage, spec: ModelSpec, *, name: str
) -> keras.KerasTensor:
    """Convolution, relu, max-pool and, if the stage is normalised, batch normalisation.

    Returns:
      float (batch, out, out, filters) with out = (side - kernel - 2) // pool_stride + 1.
    """
    conv = layers.Conv2D(
        stage.filters,
        stage.kernel,
        activation="relu",
        kernel_initializer=_gaussian(),
        name=f"{name}_conv",
    )
    x = seeded(conv, spec.seed)(x)
    x = layers.MaxPooling2D(3, strides=stage.pool_stride, name=f"{name}_pool")(x)
    if stage.normalised:
        x = FusedBatchNormalization(momentum=spec.bn_momentum, name=f"{name}_bn")(x)
    return x


def _gaussian() -> keras.initializers.RandomNormal:
    """N(0, 0.01), unseeded: `seeded` sets the seed."""
    return keras.initializers.RandomNormal(mean=0.0, stddev=WEIGHT_STDDEV)
