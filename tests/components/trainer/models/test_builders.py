"""The whole zoo: golden parameter counts, and the contract of every model."""

import functools
import hashlib
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt
import pytest

from components.trainer import models
from components.trainer.models import builders
from components.trainer.models.heads import CoralHead
from components.trainer.models.spec import ModelSpec
from schemas.zoo import MODELS, ZooModel
from tests.components.trainer.models.published import DROPOUTS, GOLDEN, LAST_FEATURES
from tests.repository import ROOT, environment

pytestmark = pytest.mark.tf

TWO_HEADS = (("age", 8), ("gender", 2))
KNOWN = f"Known models: {', '.join(MODELS)}"
ADDED_NET = """
import keras

from components.trainer.models.heads import softmax_heads
from components.trainer.models.inputs import image_input


def build(spec, published):
    image = image_input(spec)
    pooled = keras.layers.GlobalAveragePooling2D(name="pool")(image)
    return keras.Model(image, softmax_heads(pooled, spec), name="added")
"""

every_model = pytest.mark.parametrize("name", MODELS)
published_model = pytest.mark.parametrize("name", GOLDEN)


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


@pytest.fixture
def half_precision() -> Iterator[None]:
    keras.config.set_dtype_policy("mixed_float16")
    yield
    keras.config.set_dtype_policy("float32")


def kernels(model: keras.Model) -> list[npt.NDArray[np.float32]]:
    """The weights that are drawn at random: all but biases and batch normalisation."""
    return [weight for weight in model.get_weights() if weight.ndim > 1]


def automatic_number() -> int:
    return int(keras.layers.Conv2D(1, 1).name.removeprefix("conv2d_"))


def fingerprint(model: keras.Model) -> str:
    return hashlib.sha256(b"".join(weight.tobytes() for weight in model.get_weights())).hexdigest()


def test_every_builder_has_a_row_and_every_row_a_builder() -> None:
    modules = {
        path.stem
        for path in Path(builders.__file__).parent.glob("*.py")
        if re.search(r"^def build\(spec: ModelSpec, published", path.read_text(), re.MULTILINE)
    }

    assert {row.module for row in MODELS.values()} == modules
    assert all(callable(builders.find_builder(name)) for name in MODELS)


def test_the_nine_published_models_are_all_there() -> None:
    assert len(GOLDEN) == 9
    assert set(GOLDEN) == set(LAST_FEATURES)
    assert set(GOLDEN) <= set(MODELS)


def test_a_row_without_a_builder_names_the_missing_file(monkeypatch: pytest.MonkeyPatch) -> None:
    row = MODELS["mlp"]._replace(module="no_net")
    monkeypatch.setitem(MODELS, "new", row)
    monkeypatch.setitem(MODELS, "half", row._replace(module="dense"))

    with pytest.raises(ValueError, match=r"row of 'new' .* components.trainer.models.no_net with"):
        builders.build("new", ModelSpec(64, TWO_HEADS, seed=0))
    with pytest.raises(ValueError, match=r"row of 'half' .* function build\(spec, published\)"):
        builders.build("half", ModelSpec(64, TWO_HEADS, seed=0))


def test_a_new_model_is_one_row_and_one_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "added_net.py").write_text(ADDED_NET)
    monkeypatch.setattr(models, "__path__", [*models.__path__, str(tmp_path)])
    monkeypatch.setitem(MODELS, "added", ZooModel("added_net", 8, TWO_HEADS, min_side=1))
    images = np.random.default_rng(0).uniform(-1, 1, (4, 8, 8, 3)).astype(np.float32)
    labels = {"age": np.arange(4), "gender": np.arange(4) % 2}

    model = builders.build("added", ModelSpec(8, TWO_HEADS, seed=0))
    model.compile("sgd", "sparse_categorical_crossentropy")
    before = model.get_weights()[0].copy()
    model.train_on_batch(images, labels)

    assert builders.count_parameters("added").total == 3 * 10 + 10
    assert np.abs(model.get_weights()[0] - before).max() > 0


@published_model
def test_count_parameters_gives_the_published_number(name: str) -> None:
    assert builders.count_parameters(name) == GOLDEN[name]


@pytest.mark.usefixtures("half_precision")
def test_count_parameters_does_not_affect_the_callers_models() -> None:
    keras.layers.Conv2D(1, 1)  # The first of all has no number in its name.
    before = automatic_number()

    builders.count_parameters("inception_v3")

    assert automatic_number() == before + 1
    assert keras.config.dtype_policy().name == "mixed_float16"


@published_model
def test_model_has_published_shapes_and_count_at_published_side(name: str) -> None:
    published = MODELS[name]
    layer, features = LAST_FEATURES[name]

    model = outline(name, ModelSpec(published.side, published.heads, seed=0))

    assert model.count_params() == GOLDEN[name].total
    assert model.get_layer(layer).output.shape == (None, *features)
    assert model.inputs[0].shape == (None, published.side, published.side, 3)
    assert {head: x.shape for head, x in model.output.items()} == {
        head: (None, classes) for head, classes in published.heads
    }


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
        "from tests.components.trainer.models.test_builders import fingerprint, smallest\n"
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


@published_model
def test_there_is_as_much_dropout_as_published(name: str) -> None:
    assert len(dropout_layers(name)) == DROPOUTS.get(name, 0)


@every_model
def test_every_dropout_has_a_seed_of_its_own(name: str) -> None:
    dropouts = dropout_layers(name)

    assert bool(dropouts) == bool(MODELS[name].dropout)
    assert len({layer.seed for layer in dropouts}) == len(dropouts)
    assert None not in {layer.seed for layer in dropouts}


@pytest.mark.parametrize(
    ("name", "spec", "message"),
    [
        pytest.param("resnet", ModelSpec(64, TWO_HEADS, 0), KNOWN, id="name"),
        pytest.param("mlp", ModelSpec(64, (), 0), "expected one or more", id="heads"),
        pytest.param(
            "cnn3",
            ModelSpec(64, TWO_HEADS, 0, weights="base.h5"),
            "cnn3 has no pretrained base, .*one of: inception_v3, inception_v3_tuned",
            id="weights",
        ),
    ],
)
def test_a_wrong_spec_is_an_error_with_its_reason(name: str, spec: ModelSpec, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        builders.build(name, spec)


def test_an_unknown_model_is_an_error_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=rf"no model 'resnet'\. {KNOWN}"):
        builders.count_parameters("resnet")
