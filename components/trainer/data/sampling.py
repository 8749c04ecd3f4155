"""Classes of different sizes: weights of the loss, or an order that shows them equally often."""

import logging
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from components.trainer.data import dataset as batches
from components.trainer.data.epochs import epoch_seed
from components.trainer.data.job import Sides, Task
from components.trainer.models.seeding import derive_seed
from schemas.labels.classes import MISSING_CLASS

_log = logging.getLogger(__name__)

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


def training_order(task: Task, sides: Sides) -> batches.Order:
    """The order of the training faces of each epoch, as `train.sampling` asks for it."""
    images, seed = sides.training_images, task.spec.seed
    if task.config.sampling == "natural":
        return batches.Shuffle(images, seed)
    labels = batches.labels(sides.training, task.heads)
    return BalancedShuffle(images, seed, cells([labels[head] for head in task.heads]))


def weighted(training: tf.data.Dataset, task: Task, sides: Sides) -> tf.data.Dataset:
    """The batches of training, their weights as `train.class_weights` asks for them."""
    if task.config.class_weights == "none":
        return training
    labels = batches.labels(sides.training, task.heads)
    weights = {head: class_weights(labels[head], classes) for head, classes in task.spec.heads}
    _log.info("class weights: %s", {head: found.tolist() for head, found in weights.items()})

    def apply(
        images: tf.Tensor, found: batches.Labels, present: batches.Labels
    ) -> tuple[tf.Tensor, batches.Labels, batches.Labels]:
        of_face = {
            head: weight * tf.gather(weights[head], found[head]) for head, weight in present.items()
        }
        return images, found, of_face

    return training.map(apply)


def class_weights(labels: Ints, classes: int) -> Floats:
    """(classes,): inversely proportional to each class's faces, 1 on average over all faces.

    A class without a face has the weight 0, which nobody reads.

    Args:
      labels: (faces,) class numbers; a missing one (-1) counts nowhere.
      classes: how many there are.
    """
    counts = np.bincount(labels[labels != MISSING_CLASS], minlength=classes)
    present = counts > 0
    weights = counts.sum() / (max(present.sum(), 1) * np.maximum(counts, 1))
    found: Floats = np.where(present, weights, 0).astype(np.float32)
    return found


def cells(labels: Sequence[Ints]) -> Ints:
    """(faces,): a number for each combination of all heads' classes that occurs, from 0 on.

    So with two heads both are balanced, and so are the groups in which they cross, of which the
    worst decides. A face that lacks a label is in no cell: -1.
    """
    table = np.stack(labels, axis=1)
    whole = (table != MISSING_CLASS).all(axis=1)
    found = np.full(len(table), MISSING_CLASS, dtype=np.int64)
    if whole.any():
        _, found[whole] = np.unique(table[whole], axis=0, return_inverse=True)
    return found


class BalancedShuffle(NamedTuple):
    """As `batches.Shuffle`, but each epoch draws every cell equally often.

    An epoch has as many faces as there are: a cell's share of them takes each of its faces equally
    often, up to one more or less, and who comes once more is drawn anew for each epoch. A face
    of no cell comes once. A face that comes again is another element, augmented by itself.
    """

    images: int
    seed: int
    cells: Ints  # (images,), in the order of the dataset.
    neighbours: int | None = None  # As of `batches.Shuffle`.

    def __call__(self, dataset: tf.data.Dataset, epoch: tf.Tensor) -> tf.data.Dataset:
        """The dataset with each face as often as this epoch draws it, mixed."""
        draw = epoch_seed(derive_seed(self.seed, "balance"), epoch)
        times = tf.data.Dataset.from_tensor_slices(self.times(draw))
        repeated = tf.data.Dataset.zip(dataset, times).flat_map(
            lambda face, count: tf.data.Dataset.from_tensors(face).repeat(count)
        )
        return batches.Shuffle(self.images, self.seed, self.neighbours)(repeated, epoch)

    def within(self, neighbours: int) -> batches.Order:
        """See Order."""
        return self._replace(neighbours=neighbours)

    def times(self, draw: tf.Tensor) -> tf.Tensor:
        """(images,) int64: how often each face comes, for a seed int32 (2,)."""
        in_cell = np.bincount(self.cells[self.cells >= 0])
        if not len(in_cell):
            return tf.ones(self.images, tf.int64)
        whole, rest = divmod(int(in_cell.sum()), len(in_cell))
        quota = whole + (np.arange(len(in_cell)) < rest)
        # Each cell's faces stand behind each other, in a random order; the first of them come once
        # more. Faces of no cell stand before all others.
        luck = tf.random.stateless_uniform((self.images,), draw, dtype=tf.float64)
        order = tf.argsort(tf.cast(self.cells, tf.float64) + luck)
        place = tf.cast(tf.argsort(order), tf.int64) - tf.gather(
            self._starts(in_cell), self.cells + 1
        )
        extra = tf.cast(place < self._of(quota % in_cell, 0), tf.int64)
        return self._of(quota // in_cell, 1) + extra

    def _starts(self, in_cell: Ints) -> Ints:
        """Where each cell begins when faces stand cell by cell; first those of no cell."""
        alone = self.images - in_cell.sum()
        starts = alone + np.concatenate([[0], np.cumsum(in_cell)[:-1]])
        found: Ints = np.concatenate([[0], starts])
        return found

    def _of(self, by_cell: Ints, otherwise: int) -> Ints:
        """(images,): each face's number of its cell."""
        found: Ints = np.concatenate([[otherwise], by_cell])[self.cells + 1]
        return found
