"""Models of the zoo as the tests need them: small, of another seed, or without values."""

import functools
import hashlib
from concurrent.futures import ThreadPoolExecutor

import keras

from components.trainer.models import builders
from components.trainer.models.spec import ModelSpec
from schemas.zoo import MODELS

TWO_HEADS = (("age", 8), ("gender", 2))


@functools.cache
def smallest(name: str) -> keras.Model:
    """The model with two heads at its smallest side, built once for all tests."""
    return builders.build(name, ModelSpec(MODELS[name].min_side, TWO_HEADS, seed=1))


@functools.cache
def changed(name: str) -> keras.Model:
    """The same model of another seed and with another momentum."""
    spec = ModelSpec(MODELS[name].min_side, TWO_HEADS, seed=2, bn_momentum=0.75)
    return builders.build(name, spec)


def outline(name: str, spec: ModelSpec) -> keras.Model:
    """A model whose weights have shapes and no values, which take longer than all its layers.

    Built in its own thread, by which Keras keeps the variables without values.
    """

    def build() -> keras.Model:
        with keras.StatelessScope(initialize_variables=False):
            return builders.find_builder(name)(spec, MODELS[name])

    with ThreadPoolExecutor(max_workers=1) as executor:
        return executor.submit(build).result()


def fingerprint(model: keras.Model) -> str:
    return hashlib.sha256(b"".join(weight.tobytes() for weight in model.get_weights())).hexdigest()
