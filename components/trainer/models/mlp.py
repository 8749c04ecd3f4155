"""The fully connected network on flattened pixels: a baseline without convolutions."""

import keras
from keras import layers

from components.trainer.models.dense import dense_layers
from components.trainer.models.heads import pair_heads, softmax_heads
from components.trainer.models.inputs import image_input
from components.trainer.models.spec import ModelSpec
from schemas.zoo import ZooModel


def build(spec: ModelSpec, published: ZooModel) -> keras.Model:
    """Flattened pixels, dense layers shared by all heads (five are published), heads.

    Input in [-1, 1]. With `net.pair` two_hot the heads are slices of one last layer.
    """
    inputs = image_input(spec)
    x = layers.Flatten(name="pixels_flatten")(inputs)
    x = dense_layers(x, spec, published)
    make_heads = pair_heads if spec.net.pair == "two_hot" else softmax_heads
    return keras.Model(inputs, make_heads(x, spec), name="mlp")
