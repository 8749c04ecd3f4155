"""Class imbalance: loss weights, or an epoch order that shows the classes equally often."""

import logging
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from components.trainer.data import dataset
from components.trainer.data.dataset import Labels
from components.trainer.data.epochs import Order, Shuffle, epoch_seed
from components.trainer.data.job import TrainingJob
from components.trainer.data.split import SubjectSplit
from components.trainer.models.inputs import Inputs
from components.trainer.models.seeding import derive_seed
from schemas.labels.classes import MISSING_CLASS

_log = logging.getLogger(__name__)

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


def training_order(job: TrainingJob, split: SubjectSplit) -> Order:
    """The order of the training faces, by `train.sampling`."""
    images, seed = split.counts.training_images, job.spec.seed
    if job.config.sampling == "natural":
        return Shuffle(images, seed)
    labels = dataset.labels(split.training, job.heads)
    return BalancedShuffle(images, seed, cells([labels[head] for head in job.heads]))


def with_class_weights(
    training: tf.data.Dataset, job: TrainingJob, split: SubjectSplit
) -> tf.data.Dataset:
    """The training batches, their weights scaled by class if `train.class_weights` says so."""
    if job.config.class_weights == "none":
        return training
    labels = dataset.labels(split.training, job.heads)
    by_class = {head: class_weights(labels[head], classes) for head, classes in job.spec.heads}
    _log.info("class weights: %s", {head: array.tolist() for head, array in by_class.items()})

    def apply(inputs: Inputs, labels: Labels, weights: Labels) -> tuple[Inputs, Labels, Labels]:
        scaled = {
            head: weight * tf.gather(by_class[head], labels[head])
            for head, weight in weights.items()
        }
        return inputs, labels, scaled

    return training.map(apply)


def class_weights(labels: Ints, classes: int) -> Floats:
    """(classes,): inversely proportional to each class's faces, 1 on average over all faces.

    A class without a face has weight 0, which is never used.

    Args:
      labels: (faces,) class numbers; a missing one (-1) is not counted.
      classes: how many there are.
    """
    counts = np.bincount(labels[labels != MISSING_CLASS], minlength=classes)
    present = counts > 0
    balanced = counts.sum() / (max(present.sum(), 1) * np.maximum(counts, 1))
    weights: Floats = np.where(present, balanced, 0).astype(np.float32)
    return weights


def cells(labels: Sequence[Ints]) -> Ints:
    """(faces,): a number for each combination of all heads' classes that occurs, from 0 on.

    With two heads, both are balanced, and so are their intersections, the groups of the review.
    A face that lacks a label is in no cell: -1.
    """
    table = np.stack(labels, axis=1)
    complete = (table != MISSING_CLASS).all(axis=1)
    numbers = np.full(len(table), MISSING_CLASS, dtype=np.int64)
    if complete.any():
        _, numbers[complete] = np.unique(table[complete], axis=0, return_inverse=True)
    return numbers


class BalancedShuffle(NamedTuple):
    """A Shuffle in which each epoch draws every cell equally often.

    An epoch has as many faces as there are. Each face of a cell is drawn equally often, up to one
    draw; which faces get the extra draw differs by epoch. A face in no cell is drawn once. Each
    draw of a face is augmented independently.
    """

    images: int
    seed: int
    cells: Ints  # (images,), in the order of the dataset.

    def __call__(
        self, dataset: tf.data.Dataset, epoch: tf.Tensor, buffer_size: int | None = None
    ) -> tf.data.Dataset:
        """See Order."""
        seed = epoch_seed(derive_seed(self.seed, "balance"), epoch)
        draws = tf.data.Dataset.from_tensor_slices(self.draws(seed))
        repeated = tf.data.Dataset.zip(dataset, draws).flat_map(
            lambda face, count: tf.data.Dataset.from_tensors(face).repeat(count)
        )
        return Shuffle(self.images, self.seed)(repeated, epoch, buffer_size)

    def draws(self, seed: tf.Tensor) -> tf.Tensor:
        """(images,) int64: draws of each face, for a seed int32 (2,)."""
        groups = self.cells + 1  # Group 0: faces in no cell.
        sizes = np.bincount(groups)
        quotas = _quotas(sizes)
        each, extra = np.divmod(quotas, np.maximum(sizes, 1))
        # Rank each face within its group at random; the first `extra` ranks get one more draw.
        noise = tf.random.stateless_uniform((self.images,), seed, dtype=tf.float64)
        by_group = tf.argsort(tf.cast(self.cells, tf.float64) + noise)
        group_starts = np.cumsum(sizes) - sizes
        ranks = tf.cast(tf.argsort(by_group), tf.int64) - group_starts[groups]
        return each[groups] + tf.cast(ranks < extra[groups], tf.int64)


def _quotas(sizes: Ints) -> Ints:
    """Draws of each group an epoch: the same for all cells, up to one; group 0 keeps its size."""
    cells = len(sizes) - 1
    share, rest = divmod(int(sizes[1:].sum()), max(cells, 1))
    return np.concatenate([sizes[:1], share + (np.arange(cells) < rest)])
