"""The contract of every model of the zoo: names, types, seeds, sides, dropout."""

import subprocess
import sys

import keras
import numpy as np
import numpy.typing as npt
import pytest

from components.trainer.models import builders
from components.trainer.models.heads import CoralHead
from components.trainer.models.spec import ModelSpec
from schemas.zoo import MODELS
from tests.components.trainer.models.published import DROPOUTS, GOLDEN
from tests.components.trainer.models.zoo_models import (
    TWO_HEADS,
    changed,
    fingerprint,
    outline,
    smallest,
)
from tests.repository import ROOT, environment

pytestmark = pytest.mark.tf

every_model = pytest.mark.parametrize("name", MODELS)


def kernels(model: keras.Model) -> list[npt.NDArray[np.float32]]:
    """The weights that are drawn at random: all but biases and batch normalisation."""
    return [weight for weight in model.get_weights() if weight.ndim > 1]


@every_model
def test_every_model_has_its_name_and_takes_an_image(name: str) -> None:
    model, side = smallest(name), MODELS[name].min_side

    assert model.name == name
    assert [tensor.name for tensor in model.inputs] == ["image"]
    assert model.inputs[0].shape == (None, side, side, 3)
    assert model.inputs[0].dtype == "float32"


@every_model
def test_trained_batch_normalisations_have_the_momentum_of_the_spec(name: str) -> None:
    trained = [
        layer.momentum
        for layer in changed(name).layers
        if isinstance(layer, keras.layers.BatchNormalization) and layer.trainable
    ]

    assert bool(trained) == MODELS[name].batch_norm
    assert set(trained) <= {0.75}


@every_model
def test_every_model_takes_the_ordered_head(name: str) -> None:
    side = MODELS[name].min_side

    model = outline(name, ModelSpec(side, TWO_HEADS, seed=0, coral=True))

    assert isinstance(model.get_layer("age"), CoralHead)
    assert isinstance(model.get_layer("gender"), keras.layers.Dense)


@every_model
def test_each_head_gives_probabilities_under_its_name(name: str) -> None:
    side = MODELS[name].min_side
    images = np.random.default_rng(0).uniform(-1, 1, (3, side, side, 3)).astype(np.float32)

    outputs = smallest(name)(images)

    assert {head: x.shape for head, x in outputs.items()} == {"age": (3, 8), "gender": (3, 2)}
    for head, classes in TWO_HEADS:
        probabilities = np.asarray(outputs[head])
        assert probabilities.dtype == np.float32
        assert (probabilities > 0).all()
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
        assert smallest(name).get_layer(head).units == classes


@pytest.mark.usefixtures("half_precision")
@pytest.mark.parametrize("name", ["xception", "inception_v3", "mlp"])
def test_heads_stay_float32_under_mixed_precision(name: str) -> None:
    model = builders.build(name, ModelSpec(MODELS[name].min_side, TWO_HEADS, seed=0))

    features = model.get_layer("age").input

    assert features.dtype == "float16"
    assert {head: x.dtype for head, x in model.output.items()} == {
        "age": "float32",
        "gender": "float32",
    }


@every_model
def test_min_side_is_the_smallest_side_that_works(name: str) -> None:
    below = MODELS[name].min_side - 1

    with pytest.raises(
        ValueError, match=rf"{name} got images of side {below}, expected {below + 1}"
    ):
        builders.build(name, ModelSpec(below, TWO_HEADS, seed=0))
    assert all(0 not in layer.output.shape for layer in smallest(name).layers)
    if below > 0:  # Not only rejected: the builder itself cannot.
        with pytest.raises(ValueError, match="size"):
            outline(name, ModelSpec(below, TWO_HEADS, seed=0))


@every_model
def test_same_seed_gives_same_weights_whatever_was_drawn_before(name: str) -> None:
    spec = ModelSpec(MODELS[name].min_side, TWO_HEADS, seed=1)
    first = fingerprint(smallest(name))

    keras.utils.set_random_seed(123)
    again = builders.build(name, spec)

    assert fingerprint(again) == first
    assert [layer.name for layer in again.layers] == [layer.name for layer in smallest(name).layers]


@every_model
def test_another_seed_changes_every_kernel(name: str) -> None:
    pairs = list(zip(kernels(smallest(name)), kernels(changed(name)), strict=True))

    assert pairs
    assert not any(np.array_equal(one, two) for one, two in pairs)


@every_model
def test_no_two_layers_start_with_the_same_kernel(name: str) -> None:
    drawn = kernels(smallest(name))

    assert len({kernel.tobytes() for kernel in drawn}) == len(drawn)


def test_another_process_initializes_the_same_weights() -> None:
    code = (
        "from tests.components.trainer.models.zoo_models import fingerprint, smallest\n"
        "print(fingerprint(smallest('xception')))"
    )

    output = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment(PYTHONHASHSEED="7"),
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert output.split()[-1] == fingerprint(smallest("xception"))


def dropout_layers(name: str) -> list[keras.layers.Dropout]:
    return [layer for layer in smallest(name).layers if isinstance(layer, keras.layers.Dropout)]


@pytest.mark.parametrize("name", GOLDEN)
def test_there_is_as_much_dropout_as_published(name: str) -> None:
    assert len(dropout_layers(name)) == DROPOUTS.get(name, 0)


@every_model
def test_every_dropout_has_a_seed_of_its_own(name: str) -> None:
    dropouts = dropout_layers(name)

    assert bool(dropouts) == bool(MODELS[name].dropout)
    assert len({layer.seed for layer in dropouts}) == len(dropouts)
    assert None not in {layer.seed for layer in dropouts}
