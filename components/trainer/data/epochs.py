"""Epochs one after another: what each draws follows from its number, and its batches are full."""

from collections.abc import Callable
from typing import Any, NamedTuple

import tensorflow as tf

Epochs = Callable[[tf.Tensor], tf.data.Dataset]  # The number of an epoch, int64 (), to its data.


class EpochPlan(NamedTuple):
    """How the training faces become the steps of an epoch."""

    images: int  # Faces an epoch.
    batch_size: int  # Faces a step, summed over all replicas; at most `images`.
    seed: int  # Of the augmentation.

    @property
    def steps(self) -> int:
        """Steps an epoch; the last one has filler where the faces run out."""
        return -(-self.images // self.batch_size)


def endless(epochs: Epochs, first: int) -> tf.data.Dataset:
    """The epochs from number `first` on, counted from 1, without end.

    One iterator reads them all, so the next epoch is prepared while the last one is validated.
    """
    return tf.data.Dataset.counter(first).flat_map(epochs)


def epoch_seed(seed: int, epoch: tf.Tensor) -> tf.Tensor:
    """Seed of all that one epoch draws, int32 (2,)."""
    pair = tf.stack([tf.constant(seed, tf.int64), epoch])
    return tf.random.stateless_uniform((2,), pair, None, None, tf.int32)


def filled(batches: tf.data.Dataset, size: int) -> tf.data.Dataset:
    """(inputs, labels, weights) batches that all hold `size` faces: what is missing is filler.

    Filler has weight 0, and the n faces of such a batch have the weight size / n. A loss that is
    the weighted sum divided by `size` is then divided by n: the step is that of the n faces alone,
    on any number of replicas, as long as they divide `size`. Filler are the faces of the batch
    before, not blanks, so that BatchNorm's statistics stay those of a whole batch of faces: those
    of a few would come last before validation. Accuracies count such a batch as a whole one, too.
    """

    def fill(before: Any, batch: Any) -> tuple[Any, Any]:
        present = tf.shape(tf.nest.flatten(batch)[0])[0]

        def complete(new: tf.Tensor, old: tf.Tensor) -> tf.Tensor:
            return tf.ensure_shape(tf.concat([new, old[present:]], axis=0), old.shape)

        inputs, labels, weights = tf.nest.map_structure(complete, batch, before)
        real = tf.range(size) < present
        scale = tf.where(real, size / present, 0.0)
        scaled = {head: weight * tf.cast(scale, weight.dtype) for head, weight in weights.items()}
        return (inputs, labels, weights), (inputs, labels, scaled)

    def blank(spec: tf.TensorSpec) -> tf.Tensor:
        return tf.zeros([size, *spec.shape[1:]], spec.dtype)

    return batches.scan(tf.nest.map_structure(blank, batches.element_spec), fill)
