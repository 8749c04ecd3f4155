"""The small Xception.

Source: Keras' example "Image classification from scratch" (keras.io/examples/vision), the version
with one stem convolution of 128 filters; it shortens Xception (arXiv 1610.02357).
"""

import keras
from keras import layers

from components.trainer.models.batch_norm import FusedBatchNormalization
from components.trainer.models.dense import dropped
from components.trainer.models.heads import softmax_heads
from components.trainer.models.inputs import image_input
from components.trainer.models.seeding import seeded
from components.trainer.models.spec import ModelSpec
from schemas.zoo import ZooModel

STEM_FILTERS = 128
BLOCK_FILTERS = (256, 512, 728)
EXIT_FILTERS = 1024


def build(spec: ModelSpec, published: ZooModel) -> keras.Model:
    """Stem, three entry blocks, one last separable convolution, average pooling, heads.

    Input in [-1, 1]. Every convolution pads, so any side works; each stage halves it, rounding up.
    """
    inputs = image_input(spec)
    x = stem(inputs, spec)
    for number, filters in enumerate(BLOCK_FILTERS, start=1):
        x = entry_block(x, filters, spec, name=f"block{number}")
    x = exit_features(x, spec, published)
    return keras.Model(inputs, softmax_heads(x, spec), name="xception")


def stem(x: keras.KerasTensor, spec: ModelSpec) -> keras.KerasTensor:
    """(batch, side, side, 3) to float (batch, ceil(side / 2), ceil(side / 2), 128)."""
    conv = layers.Conv2D(STEM_FILTERS, 3, strides=2, padding="same", name="stem_conv")
    x = seeded(conv, spec.seed)(x)
    x = FusedBatchNormalization(momentum=spec.bn_momentum, name="stem_bn")(x)
    return layers.Activation("relu", name="stem_relu")(x)


def entry_block(
    x: keras.KerasTensor, filters: int, spec: ModelSpec, *, name: str
) -> keras.KerasTensor:
    """Two separable convolutions and a shortcut (after Fig. 5 of arXiv 1610.02357, entry flow).

    Returns:
      float (batch, ceil(height / 2), ceil(width / 2), filters).
    """
    project = layers.Conv2D(filters, 1, strides=2, padding="same", name=f"{name}_shortcut_conv")
    shortcut = seeded(project, spec.seed)(x)
    for step in (1, 2):
        x = layers.Activation("relu", name=f"{name}_sep{step}_relu")(x)
        conv = layers.SeparableConv2D(filters, 3, padding="same", name=f"{name}_sep{step}_conv")
        x = seeded(conv, spec.seed)(x)
        x = FusedBatchNormalization(momentum=spec.bn_momentum, name=f"{name}_sep{step}_bn")(x)
    x = layers.MaxPooling2D(3, strides=2, padding="same", name=f"{name}_pool")(x)
    return layers.Add(name=f"{name}_add")([x, shortcut])


def exit_features(x: keras.KerasTensor, spec: ModelSpec, published: ZooModel) -> keras.KerasTensor:
    """(batch, height, width, channels) to float (batch, 1024), after dropout."""
    conv = layers.SeparableConv2D(EXIT_FILTERS, 3, padding="same", name="exit_sep_conv")
    x = seeded(conv, spec.seed)(x)
    x = FusedBatchNormalization(momentum=spec.bn_momentum, name="exit_sep_bn")(x)
    x = layers.Activation("relu", name="exit_sep_relu")(x)
    x = layers.GlobalAveragePooling2D(name="exit_pool")(x)
    return dropped(x, spec, published, name="exit_dropout")
