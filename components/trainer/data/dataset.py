"""TFRecord shards to batches, through the TFT graph."""

import logging
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
import tensorflow as tf
import tensorflow_transform as tft

from components.trainer.data import memory_cache
from components.trainer.data.epochs import EpochPlan, Epochs, endless, epoch_seed, filled
from components.trainer.data.split import People
from schemas.features import NUMBERS, label_class

Inputs: TypeAlias = tf.Tensor | dict[str, tf.Tensor]  # A picture; or `image` and `numbers`.


def model_inputs(features: Mapping[str, tf.Tensor]) -> Inputs:
    """What the model takes of the transform graph's features, which hold numbers if it does."""
    image = features["image"]
    return {"image": image, NUMBERS: features[NUMBERS]} if NUMBERS in features else image


def with_picture(inputs: Inputs, change: Callable[[tf.Tensor], tf.Tensor]) -> Inputs:
    """The inputs with their picture changed, and nothing else."""
    if isinstance(inputs, dict):
        return inputs | {"image": change(inputs["image"])}
    return change(inputs)


_log = logging.getLogger(__name__)

_PARSE_BATCH = 32  # Records a call of the graph: at side 299, 34 MB for each of its threads.
_IDENTITY = {name: tf.io.FixedLenFeature((), tf.string) for name in ("subject", "photographer")}

Labels = dict[str, tf.Tensor]
Batch = tuple[Inputs, Labels, Labels]  # Inputs, labels, weights.


class Faces(NamedTuple):
    """Where faces are and which of them are meant."""

    files: Sequence[str]  # GZIP TFRecord files, in a fixed order.
    subjects: frozenset[str] | None  # Only these; None: all.


def _records(faces: Faces) -> tf.data.Dataset:
    """Serialized examples, string ()."""
    records = read(faces.files)
    if faces.subjects is None:
        return records
    keys = tf.constant(sorted(faces.subjects))
    table = tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer(keys, tf.ones(len(faces.subjects), tf.int64)), 0
    )
    return records.filter(
        lambda record: table.lookup(tf.io.parse_single_example(record, _IDENTITY)["subject"]) > 0
    )


def count_subjects(faces: Faces) -> Counter[str]:
    """Images of each subject."""
    return Counter(subject for subject, _ in _identities(faces))


def people(faces: Faces) -> People:
    """Everybody that the faces show, read from the very records that batches are made of."""
    seen = set(_identities(faces))
    return People({subject for subject, _ in seen}, {photographer for _, photographer in seen})


def _identities(faces: Faces) -> list[tuple[str, str]]:
    parsed = (
        _records(faces).batch(_PARSE_BATCH).map(lambda batch: tf.io.parse_example(batch, _IDENTITY))
    )
    return [
        (subject.decode(), photographer.decode())
        for batch in parsed.as_numpy_iterator()
        for subject, photographer in zip(batch["subject"], batch["photographer"], strict=True)
    ]


def labels(faces: Faces, heads: Sequence[str]) -> dict[str, npt.NDArray[np.int64]]:
    """Class numbers (faces,) of each head, in the order of the records; a missing one is -1."""
    spec = {label_class(head): tf.io.FixedLenFeature((), tf.int64) for head in heads}
    parsed = _records(faces).batch(_PARSE_BATCH).map(lambda batch: tf.io.parse_example(batch, spec))
    found = list(parsed.as_numpy_iterator())
    return {
        head: np.concatenate(
            [np.zeros(0, np.int64), *(batch[label_class(head)] for batch in found)]
        )
        for head in heads
    }


class Order(Protocol):
    """Which faces an epoch shows, and in what order."""

    @property
    def images(self) -> int:
        """How many an epoch shows."""

    def __call__(self, dataset: tf.data.Dataset, epoch: tf.Tensor) -> tf.data.Dataset:
        """The elements of the dataset in the order of an epoch, int64 (), counted from 1.

        Called inside `Dataset.flat_map`.
        """

    def within(self, neighbours: int) -> "Order":
        """The same faces where only so many neighbours are mixed at a time."""


class Shuffle(NamedTuple):
    """Each face once, in an order that follows from the seed and the epoch's number."""

    images: int
    seed: int
    neighbours: int | None = None  # How many are mixed at a time; None: all.

    def __call__(self, dataset: tf.data.Dataset, epoch: tf.Tensor) -> tf.data.Dataset:
        """The dataset in the order of one epoch, int64 (); called inside `Dataset.flat_map`."""
        # Of this function's graph alone; TensorFlow cannot compare a seed of 0 with a tensor.
        tf.random.set_seed(1 + self.seed % (2**31 - 2))
        mixed = self.neighbours or self.images
        return dataset.shuffle(mixed, seed=epoch, reshuffle_each_iteration=False)

    def within(self, neighbours: int) -> Order:
        """See Order."""
        return self._replace(neighbours=neighbours)


Decode = Callable[[tf.data.Dataset], tf.data.Dataset]  # Records to faces.


def transformed(
    faces: Faces, graph: tft.TFTransformOutput, heads: Sequence[str]
) -> tf.data.Dataset:
    """(model inputs, {head: int64 ()}), one element a face, as records stand.

    The inputs are the image, float32 (side, side, 3), or where the graph makes numbers of labels a
    dict of `image` and `numbers`, float32 (2 * labels).
    """
    return _decoder(graph, heads)(_records(faces))


def mixed(
    faces: Faces,
    graph: tft.TFTransformOutput,
    heads: Sequence[str],
    order: Order,
    memory: memory_cache.Memory | None = None,
) -> Epochs:
    """The faces of `transformed` in the order of any epoch.

    The decoded faces are kept and mixed where they fit into memory, and where they do not, the
    records, which are some thirty times smaller, in the same order (`keeping.choose`).

    Args:
      faces: which ones.
      graph: the TFT graph that turns records into model input.
      heads: whose labels are given.
      order: how they are mixed.
      memory: how much there is; None: as this machine says.
    """
    decode, records = _decoder(graph, heads), _records(faces)
    decoded = decode(records)
    kept = memory_cache.choose(
        order.images,
        _face_bytes(decoded),
        memory_cache.records_bytes(faces.files),
        memory or memory_cache.memory(),
    )
    _log.info("of %d training faces: %s", order.images, kept)
    order = order.within(kept.mixed)
    if kept.faces:
        decoded = decoded.cache()
        return lambda epoch: order(decoded, epoch)
    if kept.records:
        records = records.cache()
    return lambda epoch: decode(order(records, epoch))


def _decoder(graph: tft.TFTransformOutput, heads: Sequence[str]) -> Decode:
    """The way from serialized examples to faces, through the graph."""
    layer = graph.transform_features_layer()
    spec = graph.raw_feature_spec()

    def apply(batch: tf.Tensor) -> tuple[Inputs, Labels]:
        features = layer(tf.io.parse_example(batch, spec))
        return model_inputs(features), {head: features[label_class(head)] for head in heads}

    def decode(records: tf.data.Dataset) -> tf.data.Dataset:
        return records.batch(_PARSE_BATCH).map(apply, num_parallel_calls=PARALLEL).unbatch()

    return decode


def _weights(labels: Labels) -> Labels:
    """1 where the label is there, 0 where it is missing: a missing one adds nothing to the loss."""
    return {head: tf.cast(label >= 0, tf.float32) for head, label in labels.items()}


def _with_weights(inputs: Inputs, labels: Labels) -> Batch:
    present = {head: tf.maximum(label, 0) for head, label in labels.items()}
    return inputs, present, _weights(labels)


def training_batches(
    faces: Epochs,
    plan: EpochPlan,
    augment: Callable[[tf.Tensor, tf.Tensor], tf.Tensor],
    first_epoch: int = 1,
) -> tf.data.Dataset:
    """(inputs, labels, weights) batches without end, `plan.steps` of them an epoch.

    What an epoch draws follows from the seed and its number, so that a training which goes on at
    some epoch sees what it would have seen.

    Args:
      faces: of `mixed`.
      plan: how many faces make an epoch and a step.
      augment: (images (batch, side, side, 3), seed int32 (2,)) to images.
      first_epoch: the epoch to begin with, counted from 1.
    """

    def epoch_batches(epoch: tf.Tensor) -> tf.data.Dataset:
        seed = epoch_seed(plan.seed, epoch)
        whole = filled(faces(epoch).batch(plan.batch_size).map(_with_weights), plan.batch_size)

        def change(step: tf.Tensor, batch: Batch) -> Batch:
            inputs, labels, weights = batch
            drawn = tf.random.fold_in(seed, step)
            return with_picture(inputs, lambda images: augment(images, drawn)), labels, weights

        return whole.enumerate().map(change, num_parallel_calls=PARALLEL)

    return _read_ahead(endless(epoch_batches, first_epoch))


def validation_batches(
    faces: tf.data.Dataset, images: int, batch_size: int, replicas: int
) -> tf.data.Dataset:
    """(inputs, labels, weights) batches of every face; filler of weight 0 evens out replicas."""
    weighted = cached(faces, images).map(_with_weights)
    filler = (
        weighted.take(1)
        .repeat(-images % replicas)
        .map(
            lambda inputs, labels, weights: (
                inputs,
                labels,
                {head: tf.zeros_like(weight) for head, weight in weights.items()},
            )
        )
    )
    length = -(-(images + -images % replicas) // batch_size)
    # Filtered data have no known length, and Keras takes the end of the first epoch for a shortage.
    known = tf.data.experimental.assert_cardinality(length)
    return _read_ahead(weighted.concatenate(filler).batch(batch_size).apply(known))


def _read_ahead(batches: tf.data.Dataset) -> tf.data.Dataset:
    """Batches with fixed parallelism, read ahead.

    Autotuning is off: at the end of an epoch TensorFlow 2.16 waits for the tuning thread, which
    sleeps for up to a minute between two looks (seen: 60 to 90 s from an epoch to the next).
    """
    options = tf.data.Options()
    options.autotune.enabled = False
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    return batches.prefetch(2).with_options(options)


def cached(faces: tf.data.Dataset, images: int) -> tf.data.Dataset:
    """Keep decoded faces in memory where they fit."""
    return (
        faces.cache()
        if memory_cache.fits(images * _face_bytes(faces), memory_cache.memory())
        else faces
    )


def _face_bytes(faces: tf.data.Dataset) -> int:
    """Bytes of one decoded face."""
    parts = tf.nest.flatten(faces.element_spec[0])
    return sum(int(part.shape.num_elements() * part.dtype.size) for part in parts)


# How many threads read, and how many decode. Fixed, as tuning is off (`batches`).
PARALLEL = min(os.cpu_count() or 1, 8)

# Both are part of the order of the records, which may not differ between machines.
_SIDE_BY_SIDE = 8  # Shards.
_IN_A_ROW = 16  # Records of one shard.


def read(files: Sequence[str]) -> tf.data.Dataset:
    """Serialized examples, string (), of GZIP TFRecord files; always in the same order.

    Shards of one number stand side by side, whatever their fold: where only neighbours are mixed,
    they are neighbours of every fold.
    """
    ordered = sorted(files, key=lambda file: file.rpartition("/")[::-1])
    return tf.data.Dataset.from_tensor_slices(tf.constant(ordered, tf.string)).interleave(
        lambda file: tf.data.TFRecordDataset(file, compression_type="GZIP"),
        cycle_length=_SIDE_BY_SIDE,
        block_length=_IN_A_ROW,
        num_parallel_calls=PARALLEL,
        deterministic=True,
    )
