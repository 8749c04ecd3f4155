"""TFRecord shards to batches, through the TFT graph."""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import tensorflow as tf
import tensorflow_transform as tft

from components.trainer import keeping, shards
from components.trainer.subjects import People
from schemas.features import label_class

_log = logging.getLogger(__name__)

_PARSE_BATCH = 32  # Records a call of the graph: at side 299, 34 MB for each of its threads.
_IDENTITY = {name: tf.io.FixedLenFeature((), tf.string) for name in ("subject", "photographer")}

Labels = dict[str, tf.Tensor]


class Faces(NamedTuple):
    """Where faces are and which of them are meant."""

    files: Sequence[str]  # GZIP TFRecord files, in a fixed order.
    subjects: frozenset[str] | None  # Only these; None: all.


def _records(faces: Faces) -> tf.data.Dataset:
    """Serialized examples, string ()."""
    records = shards.read(faces.files)
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

    def __call__(self, dataset: tf.data.Dataset) -> tf.data.Dataset:
        """The elements of the dataset in that order, another at each iteration."""

    def within(self, neighbours: int) -> "Order":
        """The same faces where only so many neighbours are mixed at a time."""


class Shuffle(NamedTuple):
    """Each face once, in an order of its own for each epoch."""

    images: int
    seed: int
    neighbours: int | None = None  # How many are mixed at a time; None: all.

    def __call__(self, dataset: tf.data.Dataset) -> tf.data.Dataset:
        """The dataset, mixed anew at each iteration."""
        mixed = self.neighbours or self.images
        return dataset.shuffle(mixed, seed=self.seed, reshuffle_each_iteration=True)

    def within(self, neighbours: int) -> Order:
        """See Order."""
        return self._replace(neighbours=neighbours)


def transformed(
    faces: Faces,
    graph: tft.TFTransformOutput,
    heads: Sequence[str],
    shuffle: Order | None = None,
    memory: keeping.Memory | None = None,
) -> tf.data.Dataset:
    """(image float32 (side, side, 3), {head: int64 ()}), one element a face.

    The order is that of the records. With `shuffle` each iteration has another: the decoded faces
    are kept and mixed where they fit into memory, and where they do not, the records, which are
    some thirty times smaller, in the same order (`keeping.choose`).

    Args:
      faces: which ones.
      graph: the TFT graph that turns records into model input.
      heads: whose labels are given.
      shuffle: how they are mixed.
      memory: how much there is; None: as this machine says.
    """
    layer = graph.transform_features_layer()
    spec = graph.raw_feature_spec()

    def apply(batch: tf.Tensor) -> tuple[tf.Tensor, Labels]:
        features = layer(tf.io.parse_example(batch, spec))
        return features["image"], {head: features[label_class(head)] for head in heads}

    def decode(records: tf.data.Dataset) -> tf.data.Dataset:
        return records.batch(_PARSE_BATCH).map(apply, num_parallel_calls=shards.PARALLEL).unbatch()

    records = _records(faces)
    decoded = decode(records)
    if shuffle is None:
        return decoded
    kept = keeping.choose(
        shuffle.images,
        _face_bytes(decoded),
        keeping.records_bytes(faces.files),
        memory or keeping.memory(),
    )
    _log.info("of %d training faces: %s", shuffle.images, kept)
    shuffle = shuffle.within(kept.mixed)
    if kept.faces:
        return shuffle(decoded.cache())
    return decode(shuffle(records.cache() if kept.records else records))


def _weights(labels: Labels) -> Labels:
    """1 where the label is there, 0 where it is missing: a missing one adds nothing to the loss."""
    return {head: tf.cast(label >= 0, tf.float32) for head, label in labels.items()}


def _with_weights(image: tf.Tensor, labels: Labels) -> tuple[tf.Tensor, Labels, Labels]:
    present = {head: tf.maximum(label, 0) for head, label in labels.items()}
    return image, present, _weights(labels)


def training_batches(
    faces: tf.data.Dataset,
    images: int,
    batch_size: int,
    seed: int,
    augment: Callable[..., tf.Tensor],
) -> tf.data.Dataset:
    """One epoch of (image, labels, weights) batches; an uneven last batch is left out.

    Args:
      faces: of `transformed`, shuffled.
      images: how many there are.
      batch_size: images a step, at most `images`.
      seed: of the augmentation, which differs from epoch to epoch.
      augment: (images (batch, side, side, 3), seed int32 (2,)) to images.
    """
    draws = tf.data.Dataset.random(seed=seed, rerandomize_each_iteration=True).batch(2)
    batches = faces.batch(batch_size, drop_remainder=True)
    augmented = tf.data.Dataset.zip(batches, draws).map(
        lambda batch, draw: _with_weights(augment(batch[0], tf.cast(draw, tf.int32)), batch[1]),
        num_parallel_calls=shards.PARALLEL,
    )
    return _finished(augmented, images // batch_size)


def validation_batches(
    faces: tf.data.Dataset, images: int, batch_size: int, replicas: int
) -> tf.data.Dataset:
    """(image, labels, weights) batches of every face; filler of weight 0 evens out the replicas."""
    weighted = cached(faces, images).map(_with_weights)
    filler = (
        weighted.take(1)
        .repeat(-images % replicas)
        .map(
            lambda image, labels, weights: (
                image,
                labels,
                {head: tf.zeros_like(weight) for head, weight in weights.items()},
            )
        )
    )
    length = -(-(images + -images % replicas) // batch_size)
    return _finished(weighted.concatenate(filler).batch(batch_size), length)


def _finished(batches: tf.data.Dataset, length: int) -> tf.data.Dataset:
    """Batches with a known length and fixed parallelism, read ahead.

    Filtered data have no known length, and Keras takes the end of the first epoch for a shortage.
    Autotuning is off: at the end of an epoch TensorFlow 2.16 waits for the tuning thread, which
    sleeps for up to a minute between two looks (seen: 60 to 90 s from an epoch to the next).
    """
    options = tf.data.Options()
    options.autotune.enabled = False
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    known = batches.apply(tf.data.experimental.assert_cardinality(length))
    return known.prefetch(2).with_options(options)


def cached(faces: tf.data.Dataset, images: int) -> tf.data.Dataset:
    """Keep decoded faces in memory where they fit."""
    return faces.cache() if keeping.fits(images * _face_bytes(faces), keeping.memory()) else faces


def _face_bytes(faces: tf.data.Dataset) -> int:
    """Bytes of one decoded face."""
    image, _ = faces.element_spec
    return int(image.shape.num_elements() * image.dtype.size)
