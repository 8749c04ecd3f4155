"""The builders of the zoo: each found by its row, each with the published numbers."""

import re
from pathlib import Path

import keras
import numpy as np
import pytest

from components.trainer import models
from components.trainer.models import builders
from components.trainer.models.spec import ModelSpec
from schemas.zoo import MODELS, ZooModel
from tests.components.trainer.models.published import GOLDEN, LAST_FEATURES
from tests.components.trainer.models.zoo_models import TWO_HEADS, outline

pytestmark = pytest.mark.tf

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

published_model = pytest.mark.parametrize("name", GOLDEN)


def automatic_number() -> int:
    return int(keras.layers.Conv2D(1, 1).name.removeprefix("conv2d_"))


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
