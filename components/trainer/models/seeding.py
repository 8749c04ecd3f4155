"""Seeds of all random numbers of a model, derived from one."""

import hashlib

import keras
from keras import layers

RANDOM_ROLES = ("kernel_initializer", "depthwise_initializer", "pointwise_initializer")


def derive_seed(seed: int, name: str) -> int:
    """Seed of one draw, in [0, 2**31): the same in every process, different for every name.

    Equal seeds give equal values in Keras, so layers must not share the model's.
    """
    digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1


def seeded(layer: keras.Layer, seed: int) -> keras.Layer:
    """Return the layer with its initializers seeded by the model's seed, their role and its name.

    Raises:
      ValueError: the layer is built already, so its weights are initialized.
    """
    if layer.weights:
        raise ValueError(f"layer {layer.name!r} is built already. Seed it before it is called.")
    for role in RANDOM_ROLES:
        initializer = getattr(layer, role, None)
        if initializer is not None:
            config = initializer.get_config()
            config["seed"] = derive_seed(seed, f"{layer.name}/{role}")
            setattr(layer, role, type(initializer).from_config(config))
    return layer


def seeded_dropout(rate: float, seed: int, *, name: str) -> layers.Dropout:
    """Dropout at a rate in [0, 1), with its own seed."""
    return layers.Dropout(rate, seed=derive_seed(seed, name), name=name)
