"""Several replicas, in a separate process: logical devices are made before TensorFlow starts."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.repository import environment

pytestmark = pytest.mark.tf


TRIAL = """
import json
import sys

import numpy as np
import tensorflow as tf

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)

import keras

from components.trainer.data import dataset
from components.trainer.training.callbacks import AverageStatistics
from components.trainer.data.epochs import EpochPlan
from components.trainer.models import builders
from components.trainer.models.spec import ModelSpec
from components.trainer.training.losses import losses
from components.trainer.training.distribution import make_strategy
from schemas.config.train import NetConfig, TrainConfig
from schemas.errors import ConfigError

HEADS = (("age", 8),)
SIDE = 16
FACES = np.random.default_rng(0).normal(0, 1, (20, SIDE, SIDE, 3)).astype("float32")
AGES = (np.arange(20) * 3 % 8).astype("int64")
AGES[[2, 9, 10, 11]] = -1  # Missing labels, unevenly over batches and replicas.


def faces(count):
    return tf.data.Dataset.from_tensor_slices((FACES[:count], {"age": AGES[:count]}))


def plain():
    return builders.build("cnn3", ModelSpec(SIDE, HEADS, seed=0))


def bound():
    net = NetConfig(l2=0.005, max_norm=0.5)
    return builders.build("cnn3", ModelSpec(SIDE, HEADS, seed=0, net=net))


def normalised():
    image = keras.Input((SIDE, SIDE, 3))
    x = keras.layers.BatchNormalization(momentum=0.5)(keras.layers.Conv2D(4, 3)(image))
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(image, {"age": keras.layers.Dense(8, "softmax", name="age")(x)})


def compiled(build):
    model = build()
    model.compile(
        optimizer=keras.optimizers.SGD(0.1),
        loss=losses(["age"]),
        weighted_metrics={"age": [keras.metrics.SparseCategoricalAccuracy(name="accuracy")]},
    )
    return model


def made(strategy, build):
    with strategy.scope():
        return compiled(build)


def train(model, images=16):
    plan = EpochPlan(images, 4, seed=0)
    training = dataset.training_batches(lambda _: faces(images), plan, lambda image, seed: image)
    return model.fit(training, epochs=1, steps_per_epoch=plan.steps, verbose=0).history


def train_from_start(model, images):
    model.set_weights(start)  # SGD has no other state.
    train(model, images)
    return model.get_weights()


def train_by_keras(model, images):
    # By Keras alone: the last batch is as short as it is.
    present = (AGES[:images] >= 0).astype("float32")
    model.set_weights(start)
    model.fit(
        FACES[:images], {"age": np.maximum(AGES[:images], 0)}, sample_weight={"age": present},
        batch_size=4, epochs=1, shuffle=False, verbose=0,
    )
    return model.get_weights()


def gap(weights, others):
    return max(float(abs(a - b).max()) for a, b in zip(weights, others))


def copies(variable):
    return [copy.numpy() for copy in variable.value.values]


def statistics(model):
    return [w for w in model.non_trainable_weights if "moving" in w.path]


def largest_gap(model):
    return max(float(abs(np.subtract(*copies(w))).max()) for w in statistics(model))


measured = {}
two = make_strategy(TrainConfig(batch_size=4, devices="cpu"))
measured["replicas"] = two.num_replicas_in_sync
one = tf.distribute.MirroredStrategy(
    ["CPU:0"], cross_device_ops=tf.distribute.ReductionToOneDevice())

try:
    make_strategy(TrainConfig(batch_size=5, devices="cpu"))
except ConfigError as error:
    measured["uneven"] = str(error)

start = plain().get_weights()
mirrored, alone, of_keras = made(two, plain), made(one, plain), compiled(plain)
mirrored_history, alone_history = train(mirrored), train(alone)
measured["moved"] = gap(start, alone.get_weights())
measured["weight_gap"] = gap(mirrored.get_weights(), alone.get_weights())
measured["loss"] = [mirrored_history["loss"][0], alone_history["loss"][0]]
by_keras = {images: train_by_keras(of_keras, images) for images in (16, 17, 18, 19)}
for images, expected in by_keras.items():
    measured[f"keras_gap_{images}"] = [
        gap(train_from_start(model, images), expected) for model in (alone, mirrored)]
measured["last_moved"] = gap(by_keras[16], by_keras[17])

bound_mirrored, bound_alone = made(two, bound), made(one, bound)
bound_history, bound_alone_history = train(bound_mirrored), train(bound_alone)
measured["bound_gap"] = gap(bound_mirrored.get_weights(), bound_alone.get_weights())
measured["bound_loss"] = [bound_history["loss"][0], bound_alone_history["loss"][0]]
measured["norm"] = float(np.linalg.norm(bound_alone.get_layer("dense1_relu").kernel, axis=0).max())

# Seven faces on two replicas: one filler. Six of them have their label.
validating = dataset.validation_batches(faces(7), 7, 4, 2)
scored = mirrored.evaluate(validating, verbose=0, return_dict=True)
known = np.flatnonzero(AGES[:7] >= 0)
found = mirrored.predict(FACES[:7], verbose=0)["age"][known]
cross_entropies = -np.log(found[np.arange(6), AGES[known]])
measured["validation"] = {
    "loss": [scored["loss"], float(cross_entropies.sum() / 8)],
    "accuracy": [scored["accuracy"], float((found.argmax(axis=1) == AGES[known]).mean())],
}

uneven = made(two, normalised)
train(uneven)
measured["gap_before"] = largest_gap(uneven)
means = [np.mean(copies(w), axis=0) for w in statistics(uneven)]
kernels = [w.numpy() for w in uneven.trainable_weights]
uneven.evaluate(validating, verbose=0, callbacks=[AverageStatistics()])
measured["gap_after"] = largest_gap(uneven)
measured["mean_gap"] = max(
    float(abs(c - m).max()) for w, m in zip(statistics(uneven), means) for c in copies(w))
measured["saved_gap"] = max(
    float(abs(w.numpy() - m).max()) for w, m in zip(statistics(uneven), means))
measured["trained_moved"] = max(
    float(abs(w.numpy() - t).max()) for w, t in zip(uneven.trainable_weights, kernels))
print(json.dumps(measured))
"""


@pytest.fixture(scope="module")
def trial() -> dict[str, Any]:
    """Measurements of a process with two logical devices."""
    done = subprocess.run(
        [sys.executable, "-c", TRIAL],
        env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return measured


def test_make_strategy_uses_every_device(trial: dict[str, Any]) -> None:
    assert trial["replicas"] == 2


def test_a_batch_that_the_replicas_do_not_divide_is_an_error_with_both_numbers(
    trial: dict[str, Any],
) -> None:
    assert "batch_size=5" in trial["uneven"]
    assert "2 replicas" in trial["uneven"]


def test_an_epoch_on_two_replicas_is_an_epoch_on_one(trial: dict[str, Any]) -> None:
    assert trial["moved"] > 1e-3  # The epoch did something.
    assert trial["weight_gap"] < 1e-5
    assert trial["loss"][0] == pytest.approx(trial["loss"][1], abs=1e-5)


def test_l2_and_max_norm_on_two_replicas_are_those_on_one(trial: dict[str, Any]) -> None:
    assert trial["bound_gap"] < 1e-5
    assert trial["bound_loss"][0] == pytest.approx(trial["bound_loss"][1], abs=1e-5)
    assert trial["bound_loss"][1] > trial["loss"][1] + 0.1  # The penalty is there.
    assert trial["norm"] == pytest.approx(0.5, abs=1e-5)


@pytest.mark.parametrize("images", [16, 17, 18, 19])
def test_an_epoch_with_an_uneven_last_batch_is_that_of_plain_keras(
    images: int, trial: dict[str, Any]
) -> None:
    on_one, on_two = trial[f"keras_gap_{images}"]

    assert trial["last_moved"] > 1e-3  # A last batch of one face does something.
    assert on_one < 1e-5
    assert on_two < 1e-5


@pytest.mark.parametrize("number", ["loss", "accuracy"])
def test_padding_and_missing_labels_do_not_change_validation_metrics(
    number: str, trial: dict[str, Any]
) -> None:
    scored, expected = trial["validation"][number]

    assert scored == pytest.approx(expected, abs=1e-5)


def test_validation_starts_with_the_mean_statistics_on_every_replica(
    trial: dict[str, Any],
) -> None:
    assert trial["gap_before"] > 1e-3
    assert trial["gap_after"] == 0
    assert trial["mean_gap"] < 1e-6
    assert trial["saved_gap"] < 1e-6
    assert trial["trained_moved"] == 0
