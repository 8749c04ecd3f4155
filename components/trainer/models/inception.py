"""Inception V3 (arXiv 1512.00567) on faces: the ImageNet base, frozen or tuned as a whole."""

from collections import Counter

import keras
from keras import layers

from components.trainer.models.dense import dense_layers, dropped
from components.trainer.models.heads import softmax_heads
from components.trainer.models.inputs import image_input
from components.trainer.models.seeding import seeded
from components.trainer.models.spec import ModelSpec
from schemas.zoo import ZooModel

BASE_PREFIX = "base_"  # Of the names of the base's layers.


def build(spec: ModelSpec, published: ZooModel) -> keras.Model:
    """Base, average pooling, dropout, dense layers (`inception_v3_tuned` has one), heads.

    Input in [-1, 1], which is also what the ImageNet weights were trained on. The base of
    `inception_v3` is frozen: without `spec.weights` it stays random until weights of a whole model
    are loaded. That of `inception_v3_tuned` is trained as a whole, as published; with a second
    phase (`train.transfer`) it is frozen first.
    """
    base = inception_base(spec)
    if published.frozen_base:
        base.trainable = False  # Its batch normalisations keep their moving statistics, too.
    x = layers.GlobalAveragePooling2D(name="base_pool")(base.output)
    x = dropped(x, spec, published, name="pool_dropout")
    x = dense_layers(x, spec, published)
    name = "inception_v3" if published.frozen_base else "inception_v3_tuned"
    return keras.Model(base.input, softmax_heads(x, spec), name=name)


def inception_base(spec: ModelSpec) -> keras.Model:
    """Inception V3 without top, `image` to float (batch, out, out, 2048); out is 8 at side 299.

    keras.applications does not seed its layers and names them differently each time in a process,
    so its graph is cloned onto the input of this model, with seeds and stable names.

    Raises:
      ValueError: `spec.weights` is not a weights file of this base.
    """
    template = keras.applications.InceptionV3(include_top=False, weights=None)
    names = _stable_names(template)

    def clone(layer: keras.Layer) -> keras.Layer:
        config = layer.get_config() | {"name": names[layer.name]}
        if isinstance(layer, layers.BatchNormalization):
            config["momentum"] = spec.bn_momentum
        return seeded(type(layer).from_config(config), spec.seed)

    base = keras.models.clone_model(template, input_tensors=image_input(spec), clone_function=clone)
    if spec.weights is not None:
        try:
            base.load_weights(spec.weights)
        except (OSError, ValueError) as error:
            raise ValueError(
                f"weights {spec.weights!r} do not load into the Inception V3 base: {error} "
                "Expected a local ImageNet file without top, as Keras publishes it "
                "(inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5)."
            ) from error
    return base


def _stable_names(model: keras.Model) -> dict[str, str]:
    """Name in the model to BASE_PREFIX and `mixed<block>` or `<kind><number in graph order>`."""
    numbers: Counter[str] = Counter()
    names = {}
    for layer in model.layers:
        kind = type(layer).__name__.lower()
        numbers[kind] += 1
        is_stable = layer.name.startswith("mixed")  # Keras fixes only the names of block ends.
        names[layer.name] = BASE_PREFIX + (layer.name if is_stable else f"{kind}{numbers[kind]}")
    return names
