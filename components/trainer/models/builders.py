"""Builds the models of the zoo (`schemas/zoo.py`) by the module that their row names."""

import importlib
import math
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import keras

from components.trainer.models.spec import ModelSpec
from schemas.labels.two_hot import LABELS
from schemas.zoo import MODELS, ZooModel, untaken_keys

Builder = Callable[[ModelSpec, ZooModel], keras.Model]

_PACKAGE = __name__.rpartition(".")[0]


class ParameterCount(NamedTuple):
    """Numbers of a model's weights."""

    total: int
    trainable: int


def build(name: str, spec: ModelSpec) -> keras.Model:
    """Build one model of the zoo.

    Args:
      name: a key of MODELS.
      spec: side, heads, seed, base weights and overrides of the architecture.

    Returns:
      A model from `image`, float32 (batch, side, side, 3) in [-1, 1], to a dict of head name to
      softmax probabilities, float32 (batch, classes). With inputs it takes a dict of `image` and
      `numbers`, float32 (batch, 2 * inputs).

    Raises:
      ValueError: the name is unknown, or the model cannot be built to this spec.
    """
    published = _published(name)
    _check(name, published, spec)
    return find_builder(name)(spec, published)


def find_builder(name: str) -> Builder:
    """The function `build` of a model's module.

    Raises:
      ValueError: there is no such module or function.
    """
    module = f"{_PACKAGE}.{MODELS[name].module}"
    try:
        builder: Builder = importlib.import_module(module).build
    except (ModuleNotFoundError, AttributeError) as error:
        raise ValueError(
            f"the row of {name!r} in schemas/zoo.py names module {MODELS[name].module!r}, expected "
            f"{module} with a function build(spec, published) ({error}). Write it, or correct the "
            "row."
        ) from error
    return builder


def count_parameters(name: str) -> ParameterCount:
    """Count the weights of a model at its published side and heads, without initializing them.

    The model is built in its own thread: Keras keeps layer names and uninitialized variables by
    thread, so models that the caller builds are not affected.
    """
    published = _published(name)
    with ThreadPoolExecutor(max_workers=1) as executor:
        return executor.submit(_count, name, published).result()


def _count(name: str, published: ZooModel) -> ParameterCount:
    with keras.StatelessScope(initialize_variables=False):
        model = build(name, ModelSpec(published.side, published.heads, seed=0))
    return ParameterCount(_size(model.weights), _size(model.trainable_weights))


def _size(weights: Iterable[keras.Variable]) -> int:
    return sum(math.prod(weight.shape) for weight in weights)


def _published(name: str) -> ZooModel:
    if name not in MODELS:
        raise ValueError(f"there is no model {name!r}. Known models: {', '.join(MODELS)}.")
    return MODELS[name]


def _check(name: str, published: ZooModel, spec: ModelSpec) -> None:
    """Raise ValueError on a spec that the model cannot be built to."""
    if spec.side < published.min_side:
        raise ValueError(
            f"{name} got images of side {spec.side}, expected {published.min_side} or more: below "
            f"it a layer has no output. Set images.side; published is {published.side}."
        )
    if not spec.heads:
        raise ValueError(f"{name} got no heads, expected one or more, such as (('age', 8),).")
    if untaken := untaken_keys(name, spec.net):
        raise ValueError(f"{name} takes no {untaken[0]}, got {getattr(spec.net, untaken[0])!r}.")
    if spec.net.pair == "two_hot" and tuple(head for head, _ in spec.heads) != LABELS:
        raise ValueError(f"a two-hot vector needs the heads {LABELS}, got {spec.heads}.")
    if spec.weights is not None and not published.pretrained:
        pretrained = ", ".join(other for other, model in MODELS.items() if model.pretrained)
        raise ValueError(
            f"{name} has no pretrained base, got weights {spec.weights!r}. Leave the weights out, "
            f"or take one of: {pretrained}."
        )
