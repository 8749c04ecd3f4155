"""The two-hot losses, against numpy."""

import keras
import numpy as np
import pytest

from components.trainer.models import builders
from components.trainer.models.heads import training_form
from components.trainer.models.spec import ModelSpec
from components.trainer.training.losses import losses, two_hot_losses
from schemas.config.train import NetConfig

pytestmark = pytest.mark.tf

HEADS = (("age", 8), ("gender", 2))
RNG = np.random.default_rng(0)
IMAGES = RNG.uniform(-1, 1, (6, 4, 4, 3)).astype(np.float32)
LABELS = {"age": np.array([0, 7, 3, 3, 0, 5]), "gender": np.array([0, 1, 1, 0, 0, 1])}
ALL = {head: np.ones(6, np.float32) for head in LABELS}


def two_hot() -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """The ten-dimensional vectors of the labels: age classes, then genders."""
    return np.hstack([np.eye(8)[LABELS["age"]], np.eye(2)[LABELS["gender"]]])


def model(pair: str) -> keras.Model:
    net = NetConfig(units=(5,), pair="two_hot" if pair == "two_hot" else "heads")
    spec = ModelSpec(4, HEADS, seed=0, net=net)
    built = training_form(builders.build("mlp", spec), spec)
    built.compile(
        keras.optimizers.SGD(1.0),
        two_hot_losses(HEADS) if pair == "two_hot" else losses(list(LABELS)),
    )
    return built


def test_both_losses_add_up_to_the_mean_over_the_ten_elements() -> None:
    found = {head: RNG.normal(0, 3, (6, n)).astype(np.float32) for head, n in HEADS}
    sigmoids = 1 / (1 + np.exp(-np.hstack([found["age"], found["gender"]]).astype(np.float64)))
    wanted = two_hot()
    expected = -(wanted * np.log(sigmoids) + (1 - wanted) * np.log(1 - sigmoids)).mean()

    parts = two_hot_losses(HEADS)
    total = sum(float(parts[head](LABELS[head], found[head])) for head in LABELS)

    assert total == pytest.approx(expected, rel=1e-5)


def test_scores_beyond_all_floats_have_a_finite_loss() -> None:
    scores = np.array([[-1e4, 1e4]], np.float32)

    loss = float(two_hot_losses(HEADS)["gender"](np.array([0]), scores))

    assert loss == pytest.approx(2e4 / 10)


def moved(pair: str, missing: str, *, fill: int) -> dict[str, float]:
    """Change of each head's last kernel in one step where no face has the `missing` label.

    A missing label is replaced by `fill` with weight 0, as in the batches.
    """
    built = model(pair)
    places = {"age": slice(0, 8), "gender": slice(8, 10)} if pair == "two_hot" else {}

    def kernel(head: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        layer = built.get_layer("pair" if places else head)
        found: np.ndarray[tuple[int, ...], np.dtype[np.float32]] = np.array(layer.kernel)
        return found[:, places.get(head, slice(None))]

    before = {head: kernel(head) for head in LABELS}
    labels = LABELS | {missing: np.full(6, fill)}
    built.train_on_batch(IMAGES, labels, sample_weight=ALL | {missing: np.zeros(6, np.float32)})
    return {head: float(abs(kernel(head) - before[head]).max()) for head in LABELS}


@pytest.mark.parametrize("missing", ["age", "gender"])
@pytest.mark.parametrize("pair", ["heads", "two_hot"])
def test_a_face_that_lacks_one_label_trains_only_the_other(pair: str, missing: str) -> None:
    (other,) = LABELS.keys() - {missing}

    first, again = (moved(pair, missing, fill=value) for value in (0, 1))

    assert first == again  # The fill has no effect.
    assert first[missing] == 0
    assert first[other] > 1e-3


def test_a_missing_label_takes_its_slice_out_of_the_sum_and_leaves_the_divisor() -> None:
    built = model("two_hot")
    weights = ALL | {"gender": np.array([1, 0, 0, 1, 0, 1], np.float32)}
    found = built.predict(IMAGES, verbose=0)
    sigmoids = 1 / (1 + np.exp(-np.hstack([found["age"], found["gender"]]).astype(np.float64)))
    wanted = two_hot()
    each = -(wanted * np.log(sigmoids) + (1 - wanted) * np.log(1 - sigmoids))
    each[weights["gender"] == 0, 8:] = 0

    loss = built.evaluate(IMAGES, LABELS, sample_weight=weights, verbose=0)

    assert np.ravel(loss)[0] == pytest.approx(each.sum() / 60, rel=1e-5)
