"""The overrides of `train.net` change the dense layers only."""

import functools
from dataclasses import replace
from itertools import pairwise

import keras
import numpy as np
import pytest

from components.trainer.models import builders
from components.trainer.models.spec import ModelSpec
from schemas.config.train import NetConfig
from schemas.zoo import MODELS
from tests.components.trainer.models.published import DENSE_FEATURES, GOLDEN

pytestmark = pytest.mark.tf

HEADS = (("age", 8), ("gender", 2))
UNITS = (7, 5)
ALL = NetConfig(units=UNITS, dropout=0.3, l2=0.25, max_norm=2.5)


@functools.cache
def build(name: str, net: NetConfig) -> keras.Model:
    """The model at its smallest side, without initialized weights."""
    with keras.StatelessScope(initialize_variables=False):
        return builders.build(name, ModelSpec(MODELS[name].min_side, HEADS, seed=0, net=net))


def taken(name: str) -> keras.Model:
    """The model with every key set that it takes."""
    return build(name, NetConfig(**{key: getattr(ALL, key) for key in MODELS[name].net_keys}))


def dense(model: keras.Model) -> dict[str, keras.Layer]:
    return {x.name: x for x in model.layers if isinstance(x, keras.layers.Dense)}


def test_the_published_models_with_dense_layers_take_units() -> None:
    takes = {name for name in GOLDEN if "units" in MODELS[name].net_keys}

    assert takes == set(DENSE_FEATURES)


@pytest.mark.parametrize(
    ("name", "units"),
    [(name, UNITS) for name in DENSE_FEATURES]
    + [(name, (4,) * 6) for name in DENSE_FEATURES if not MODELS[name].pretrained],
)
def test_units_sets_number_and_width_of_the_dense_layers(name: str, units: tuple[int, ...]) -> None:
    found = dense(build(name, replace(ALL, units=units)))

    wide = pairwise((DENSE_FEATURES[name], *units))
    assert {layer: tuple(x.kernel.shape) for layer, x in found.items()} == {
        **{f"dense{number}_relu": shape for number, shape in enumerate(wide, start=1)},
        "age": (units[-1], 8),
        "gender": (units[-1], 2),
    }


@pytest.mark.parametrize("name", MODELS)
def test_every_model_follows_the_keys_that_it_takes(name: str) -> None:
    keys, model = MODELS[name].net_keys, taken(name)
    dropouts = {x.rate for x in model.layers if isinstance(x, keras.layers.Dropout)}
    hidden = [x.units for layer, x in dense(model).items() if layer.startswith("dense")]

    assert dropouts == ({0.3} if "dropout" in keys else set())
    assert hidden == (list(UNITS) if "units" in keys else [])


@pytest.mark.parametrize("name", GOLDEN)
def test_dropout_is_after_each_dense_layer_or_before_the_heads(name: str) -> None:
    dropouts = [x for x in taken(name).layers if isinstance(x, keras.layers.Dropout)]

    after = [f"dense{number + 1}_dropout" for number in range(2 * (name in DENSE_FEATURES))]
    before = {"xception": ["exit_dropout"]}.get(name, ["pool_dropout"] * ("inception" in name))
    assert [layer.name for layer in dropouts] == before + after


@pytest.mark.parametrize("name", ["xception", "inception_v3_tuned", "levi_hassner"])
def test_dropout_of_0_removes_the_published_one(name: str) -> None:
    layers = build(name, NetConfig(dropout=0.0)).layers

    assert not any(isinstance(layer, keras.layers.Dropout) for layer in layers)


@pytest.mark.parametrize("name", MODELS)
def test_l2_applies_to_every_dense_kernel_and_nothing_else(name: str) -> None:
    model = taken(name)

    penalised = {x.path for x in model.weights if x.regularizer is not None}

    assert penalised == {f"{layer}/kernel" for layer in dense(model)}
    assert {float(x.kernel_regularizer.l2) for x in dense(model).values()} == {0.25}


@pytest.mark.parametrize("name", MODELS)
def test_max_norm_applies_to_the_dense_kernels_before_the_heads(name: str) -> None:
    model = taken(name)

    bounded = {x.path for x in model.weights if x.constraint is not None}

    assert bounded == {f"{layer}/kernel" for layer in dense(model) if layer.startswith("dense")}
    assert len(bounded) == 2 * ("max_norm" in MODELS[name].net_keys)


def test_only_units_beyond_the_max_norm_are_scaled_down() -> None:
    spec = ModelSpec(4, (("age", 8),), seed=0, net=NetConfig(units=(16, 16), max_norm=1.2))
    model = builders.build("mlp", spec)
    free = builders.build("mlp", spec._replace(net=NetConfig(units=(16, 16))))
    images = np.random.default_rng(0).uniform(-1, 1, (8, 4, 4, 3)).astype(np.float32)

    for one in (model, free):
        one.compile(keras.optimizers.SGD(0.3), {"age": "sparse_categorical_crossentropy"})
        one.train_on_batch(images, {"age": np.arange(8)})

    kernel, unbounded = (np.asarray(one.get_layer("dense1_relu").kernel) for one in (model, free))
    norms = np.linalg.norm(unbounded, axis=0)
    assert norms.min() < 1.2 < norms.max()  # Both kinds of unit are there.
    np.testing.assert_allclose(kernel, unbounded * np.minimum(1, 1.2 / norms), rtol=1e-5)


@pytest.mark.parametrize(
    ("name", "net", "message"),
    [
        ("xception", NetConfig(units=(8,)), r"xception takes no units, got \(8,\)"),
        ("inception_v3", NetConfig(max_norm=1.0), r"inception_v3 takes no max_norm, got 1\.0"),
        ("cnn3", NetConfig(pair="two_hot"), "cnn3 takes no pair, got 'two_hot'"),
    ],
)
def test_a_key_that_changes_nothing_is_refused(name: str, net: NetConfig, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        builders.build(name, ModelSpec(MODELS[name].side, HEADS, seed=0, net=net))
