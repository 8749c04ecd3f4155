"""The model zoo as builders. What can be said without Keras stands in `schemas/zoo.py`."""

import math
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import keras

from components.trainer.models import cnn, inception, levi_hassner_cnn, mlp, utk_cnn, xception
from components.trainer.models.spec import ModelSpec
from schemas.labels.two_hot import LABELS
from schemas.zoo import MODELS, ZooModel, untaken_keys

BUILDERS: dict[str, Callable[[ModelSpec], keras.Model]] = {
    "xception": xception.build,
    "inception_v3": inception.build_frozen,
    "inception_v3_tuned": inception.build_tuned,
    "cnn3": partial(cnn.build, filters=(16, 32, 64)),
    "cnn4": partial(cnn.build, filters=(16, 32, 64, 128)),
    "cnn5": partial(cnn.build, filters=(16, 32, 64, 128, 256)),
    "levi_hassner": levi_hassner_cnn.build,
    "utk_cnn": utk_cnn.build,
    "mlp": mlp.build,
}


class ParameterCount(NamedTuple):
    """Numbers of a model's weights."""

    total: int
    trainable: int


def build(name: str, spec: ModelSpec) -> keras.Model:
    """Build one model of the zoo.

    Args:
      name: a key of BUILDERS.
      spec: side, heads, seed, base weights and what the architecture leaves open.

    Returns:
      A model from `image`, float32 (batch, side, side, 3) in [-1, 1], to a dict of head name to
      softmax probabilities, float32 (batch, classes). With inputs it takes a dict of `image` and
      `numbers`, float32 (batch, 2 * inputs).

    Raises:
      ValueError: the name is unknown, or the model cannot be built to this spec.
    """
    _check(name, spec)
    return BUILDERS[name](spec)


def count_parameters(name: str) -> ParameterCount:
    """Count the weights of a model at its published side and heads, without giving them values.

    The model is built in a thread of its own: Keras keeps its names, and the variables that still
    wait for a value, by thread, so nothing of it is left to a model that the caller builds.
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


def _check(name: str, spec: ModelSpec) -> None:
    """Raise ValueError on a spec that the model cannot be built to."""
    published = _published(name)
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
