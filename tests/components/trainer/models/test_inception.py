"""Inception V3, frozen and tuned."""

from pathlib import Path

import h5py  # type: ignore[import-untyped]
import keras
import numpy as np
import pytest

from components.trainer.initial_weights.imagenet import (
    BASE_NUMBERS,
    BASE_TENSORS,
    check_base_weights,
)
from components.trainer.models import builders, inception
from components.trainer.models.spec import ModelSpec

pytestmark = pytest.mark.tf

SPEC = ModelSpec(75, (("age", 8), ("gender", 2)), seed=0)


@pytest.fixture(scope="module")
def upstream() -> keras.Model:
    """Keras' own base, every weight drawn anew so that no two layers can be mistaken."""
    base = keras.applications.InceptionV3(
        include_top=False, weights=None, input_shape=(75, 75, 3), pooling="avg"
    )
    rng = np.random.default_rng(0)
    for weight in base.weights:
        deviation = np.sqrt(2 / max(1, np.prod(weight.shape[:-1])))
        noise = rng.normal(0, deviation, weight.shape)
        weight.assign(noise if len(weight.shape) > 1 else rng.uniform(0.5, 1.5, weight.shape))
    return base


def write_published_format(base: keras.Model, path: Path) -> None:
    """The layout of the ImageNet files: a group a layer, the order in attributes."""
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [layer.name.encode() for layer in base.layers]
        for layer in base.layers:
            group = file.create_group(layer.name)
            names = [f"{layer.name}/{n}".encode() for n, _ in enumerate(layer.weights)]
            group.attrs["weight_names"] = names
            for name, weight in zip(names, layer.weights, strict=True):
                group[name.decode()] = weight.numpy()


def test_the_weights_that_a_file_must_hold_are_counted(upstream: keras.Model) -> None:
    assert len(upstream.weights) == BASE_TENSORS
    assert upstream.count_params() == BASE_NUMBERS


@pytest.mark.parametrize("file", ["published.h5", "keras3.weights.h5"])
def test_weights_file_gives_the_features_of_the_upstream_base(
    upstream: keras.Model, tmp_path: Path, file: str
) -> None:
    path = tmp_path / file
    if file == "published.h5":
        write_published_format(upstream, path)
    else:
        upstream.save_weights(path)
    check_base_weights(str(path))
    images = np.random.default_rng(1).uniform(-1, 1, (2, 75, 75, 3)).astype(np.float32)

    model = builders.build("inception_v3", SPEC._replace(weights=str(path)))

    features = keras.Model(model.input, model.get_layer("base_pool").output)(images)
    expected = np.asarray(upstream(images))
    assert expected.std() > 0
    np.testing.assert_allclose(np.asarray(features), expected, rtol=1e-4, atol=1e-5)


def test_a_frozen_base_has_no_trainable_weights_and_does_not_change() -> None:
    model = builders.build("inception_v3", SPEC)
    base = [layer for layer in model.layers if layer.name not in ("age", "gender")]
    before = [weight.numpy() for layer in base for weight in layer.weights]

    model(np.ones((2, 75, 75, 3), np.float32), training=True)

    assert len(before) == 376  # 94 convolutions: a kernel and a normalisation's three.
    assert not any(layer.trainable_weights for layer in base)
    assert [weight.path for weight in model.trainable_weights] == [
        "age/kernel",
        "age/bias",
        "gender/kernel",
        "gender/bias",
    ]
    after = [weight.numpy() for layer in base for weight in layer.weights]
    assert all(np.array_equal(one, two) for one, two in zip(before, after, strict=True))


def test_tuned_head_is_dropout_dense_dropout() -> None:
    model = builders.build("inception_v3_tuned", SPEC)

    tail = [layer.name for layer in model.layers][-6:]

    assert tail == ["base_pool", "pool_dropout", "dense1_relu", "dense1_dropout", "age", "gender"]
    assert [model.get_layer(f"{name}_dropout").rate for name in ("pool", "dense1")] == [0.2, 0.2]
    assert model.get_layer("dense1_relu").activation.__name__ == "relu"
    assert model.get_layer("base_conv2d1").trainable_weights


def test_a_missing_weights_file_is_an_error_with_the_expected_name(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere.h5"

    with pytest.raises(ValueError, match=r"nowhere\.h5.*_notop\.h5"):
        inception.inception_base(SPEC._replace(weights=str(missing)))


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    other = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    write_published_format(other, tmp_path / "other.h5")

    with pytest.raises(ValueError, match=r"other\.h5.*do not load.*without top"):
        inception.inception_base(SPEC._replace(weights=str(tmp_path / "other.h5")))
