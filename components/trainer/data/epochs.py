"""Epochs: their order, their seeds and their full batches, by the number of the epoch."""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import tensorflow as tf

Epochs = Callable[[tf.Tensor], tf.data.Dataset]  # Number of an epoch, int64 (), to its data.


class EpochPlan(NamedTuple):
    """Division of the training faces into steps."""

    images: int  # Faces an epoch.
    batch_size: int  # Faces a step, summed over all replicas; at most `images`.
    seed: int  # Of the augmentation.

    @property
    def steps(self) -> int:
        """Steps an epoch; the last batch is padded."""
        return -(-self.images // self.batch_size)


class Order(Protocol):
    """The faces of an epoch, and their order."""

    @property
    def images(self) -> int:
        """Faces an epoch."""

    def __call__(
        self, dataset: tf.data.Dataset, epoch: tf.Tensor, buffer_size: int | None = None
    ) -> tf.data.Dataset:
        """The dataset in the order of an epoch; called inside `Dataset.flat_map`.

        Args:
          dataset: in the order of the records.
          epoch: its number, int64 (), counted from 1.
          buffer_size: elements to shuffle within; None: all images.
        """


class Shuffle(NamedTuple):
    """Each face once, in an order that follows from the seed and the number of the epoch."""

    images: int
    seed: int

    def __call__(
        self, dataset: tf.data.Dataset, epoch: tf.Tensor, buffer_size: int | None = None
    ) -> tf.data.Dataset:
        """See Order."""
        # Seed of this function's graph only; TensorFlow cannot compare a seed of 0 with a tensor.
        tf.random.set_seed(1 + self.seed % (2**31 - 2))
        size = buffer_size or self.images
        return dataset.shuffle(size, seed=epoch, reshuffle_each_iteration=False)


def repeat_epochs(epochs: Epochs, first: int) -> tf.data.Dataset:
    """The epochs from number `first` on, counted from 1, without end.

    One iterator reads them all, so the next epoch is prepared while the last one is validated.
    """
    return tf.data.Dataset.counter(first).flat_map(epochs)


def epoch_seed(seed: int, epoch: tf.Tensor) -> tf.Tensor:
    """Seed of all random draws of one epoch, int32 (2,)."""
    pair = tf.stack([tf.constant(seed, tf.int64), epoch])
    return tf.random.stateless_uniform((2,), pair, None, None, tf.int32)


def pad_batches(batches: tf.data.Dataset, size: int) -> tf.data.Dataset:
    """Pad the last (inputs, labels, weights) batch to `size`; padding has weight 0.

    The n faces of such a batch have weight size / n. A loss that is the weighted sum divided by
    `size` is then divided by n: the step equals that of the n faces alone, on any number of
    replicas that divides `size`. The padding repeats faces of the previous batch instead of zeros,
    so that BatchNorm's statistics, the last ones before validation, stay those of a full batch.
    Accuracies count such a batch as a full one, too.
    """

    def pad(previous: Any, batch: Any) -> tuple[Any, Any]:
        present = tf.shape(tf.nest.flatten(batch)[0])[0]

        def complete(new: tf.Tensor, old: tf.Tensor) -> tf.Tensor:
            return tf.ensure_shape(tf.concat([new, old[present:]], axis=0), old.shape)

        inputs, labels, weights = tf.nest.map_structure(complete, batch, previous)
        real = tf.range(size) < present
        scale = tf.where(real, size / present, 0.0)
        scaled = {head: weight * tf.cast(scale, weight.dtype) for head, weight in weights.items()}
        return (inputs, labels, weights), (inputs, labels, scaled)

    def zeros(spec: tf.TensorSpec) -> tf.Tensor:
        return tf.zeros([size, *spec.shape[1:]], spec.dtype)

    return batches.scan(tf.nest.map_structure(zeros, batches.element_spec), pad)
