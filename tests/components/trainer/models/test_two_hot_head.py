"""Age and gender as slices of one last layer."""

import keras
import numpy as np
import pytest

from components.trainer.models import builders
from components.trainer.models.heads import training_form
from components.trainer.models.spec import ModelSpec
from schemas.config.train import NetConfig

pytestmark = pytest.mark.tf

HEADS = (("age", 8), ("gender", 2))
SPEC = ModelSpec(8, HEADS, seed=0, net=NetConfig(pair="two_hot"))
IMAGES = np.random.default_rng(0).uniform(-1, 1, (5, 8, 8, 3)).astype(np.float32)


def scores(model: keras.Model) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """The ten outputs of the last layer, by numpy from the layer before it."""
    hidden = keras.Model(model.input, model.get_layer("dense5_relu").output)(IMAGES)
    last = model.get_layer("pair")
    found: np.ndarray[tuple[int, ...], np.dtype[np.float32]]
    found = np.asarray(hidden) @ np.asarray(last.kernel) + np.asarray(last.bias)
    return found


def test_one_last_layer_of_ten_gives_both_heads() -> None:
    model = builders.build("mlp", SPEC)

    dense = [x for x in model.layers if isinstance(x, keras.layers.Dense)]

    assert [(x.name, x.units) for x in dense[-2:]] == [("dense5_relu", 16), ("pair", 10)]
    two_heads = builders.build("mlp", SPEC._replace(net=NetConfig()))
    assert model.count_params() == two_heads.count_params()


def test_each_head_is_its_slice_of_the_sigmoids_over_their_sum() -> None:
    model = builders.build("mlp", SPEC)
    sigmoids = 1 / (1 + np.exp(-scores(model).astype(np.float64)))

    found = model(IMAGES)

    for head, part in (("age", sigmoids[:, :8]), ("gender", sigmoids[:, 8:])):
        expected = part / part.sum(axis=1, keepdims=True)
        assert np.asarray(found[head]).dtype == np.float32
        np.testing.assert_allclose(np.asarray(found[head]), expected, rtol=1e-5)


def test_the_training_form_outputs_scores_from_the_same_weights() -> None:
    model = builders.build("mlp", SPEC)

    form = training_form(model, SPEC)

    found = form(IMAGES)
    np.testing.assert_allclose(np.asarray(found["age"]), scores(model)[:, :8], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(
        np.asarray(found["gender"]), scores(model)[:, 8:], rtol=1e-4, atol=1e-6
    )
    assert [id(weight) for weight in form.weights] == [id(weight) for weight in model.weights]


def test_two_separate_heads_need_no_training_form() -> None:
    spec = SPEC._replace(net=NetConfig())
    model = builders.build("mlp", spec)

    assert training_form(model, spec) is model


def test_the_heads_stay_float32_under_mixed_precision() -> None:
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = builders.build("mlp", SPEC)
    finally:
        keras.config.set_dtype_policy("float32")

    assert model.get_layer("pair").input.dtype == "float16"
    assert {x.dtype for x in model.output.values()} == {"float32"}
    assert {x.dtype for x in training_form(model, SPEC).output.values()} == {"float32"}


@pytest.mark.parametrize("heads", [HEADS[:1], HEADS[::-1], (("race", 5),)])
def test_a_vector_of_other_heads_is_refused(heads: tuple[tuple[str, int], ...]) -> None:
    with pytest.raises(ValueError, match=r"needs the heads \('age', 'gender'\)"):
        builders.build("mlp", SPEC._replace(heads=heads))
