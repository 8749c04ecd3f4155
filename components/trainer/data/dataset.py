"""Datasets of TFRecord shards: identities, labels, decoded faces and batches."""

import logging
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import tensorflow as tf
import tensorflow_transform as tft

from components.trainer.data import memory_cache
from components.trainer.data.augmentation import Augment
from components.trainer.data.epochs import (
    EpochPlan,
    Epochs,
    Order,
    epoch_seed,
    pad_batches,
    repeat_epochs,
)
from components.trainer.models.inputs import Inputs, map_image, model_inputs
from schemas.features import label_class

_log = logging.getLogger(__name__)

_PARSE_BATCH = 32  # Records a call of the graph: at side 299, 34 MB for each of its threads.
_IDENTITY = {name: tf.io.FixedLenFeature((), tf.string) for name in ("subject", "photographer")}

# Threads that read, and threads that decode. Fixed, as autotuning is off (`_prefetch`).
PARALLEL = min(os.cpu_count() or 1, 8)

# Both decide the order of the records, which may not differ between machines.
_INTERLEAVED_SHARDS = 8
_BLOCK_LENGTH = 16  # Consecutive records of one shard.

Labels = dict[str, tf.Tensor]
Batch = tuple[Inputs, Labels, Labels]  # Inputs, labels, weights.
Decode = Callable[[tf.data.Dataset], tf.data.Dataset]  # Records to faces.


class Faces(NamedTuple):
    """A selection of stored faces."""

    files: Sequence[str]  # GZIP TFRecord files, in a fixed order.
    subjects: frozenset[str] | None  # Only these; None: all.


class People(NamedTuple):
    """The identities in a set of faces."""

    subjects: Set[str]
    photographers: Set[str]


def read_records(files: Sequence[str]) -> tf.data.Dataset:
    """Serialized examples, string (), of GZIP TFRecord files; always in the same order.

    Shards of the same number are neighbours, whatever their fold, so that a small shuffle buffer
    mixes all folds.
    """
    ordered = sorted(files, key=lambda file: file.rpartition("/")[::-1])
    return tf.data.Dataset.from_tensor_slices(tf.constant(ordered, tf.string)).interleave(
        lambda file: tf.data.TFRecordDataset(file, compression_type="GZIP"),
        cycle_length=_INTERLEAVED_SHARDS,
        block_length=_BLOCK_LENGTH,
        num_parallel_calls=PARALLEL,
        deterministic=True,
    )


def _records(faces: Faces) -> tf.data.Dataset:
    """Serialized examples, string (), of the selected subjects."""
    records = read_records(faces.files)
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
    """The people in the faces, read from the same records as the batches."""
    pairs = set(_identities(faces))
    return People({subject for subject, _ in pairs}, {photographer for _, photographer in pairs})


def _identities(faces: Faces) -> list[tuple[str, str]]:
    return [
        (subject.decode(), photographer.decode())
        for batch in _parsed(faces, _IDENTITY)
        for subject, photographer in zip(batch["subject"], batch["photographer"], strict=True)
    ]


def labels(faces: Faces, heads: Sequence[str]) -> dict[str, npt.NDArray[np.int64]]:
    """Class numbers (faces,) of each head, in the order of the records; a missing one is -1."""
    spec = {label_class(head): tf.io.FixedLenFeature((), tf.int64) for head in heads}
    batches = list(_parsed(faces, spec))
    return {
        head: np.concatenate(
            [np.zeros(0, np.int64), *(batch[label_class(head)] for batch in batches)]
        )
        for head in heads
    }


def _parsed(faces: Faces, spec: Mapping[str, Any]) -> Iterator[dict[str, npt.NDArray[Any]]]:
    """The features of `spec`, in batches."""
    batches = _records(faces).batch(_PARSE_BATCH)
    parsed = batches.map(lambda batch: tf.io.parse_example(batch, spec))
    return iter(parsed.as_numpy_iterator())


def transformed(
    faces: Faces, graph: tft.TFTransformOutput, heads: Sequence[str]
) -> tf.data.Dataset:
    """(model inputs, {head: int64 ()}), one element a face, in the order of the records.

    The inputs are the image, float32 (side, side, 3), or where the graph makes numbers of labels a
    dict of `image` and `numbers`, float32 (2 * labels).
    """
    return _decoder(graph, heads)(_records(faces))


def shuffled(
    faces: Faces,
    graph: tft.TFTransformOutput,
    heads: Sequence[str],
    order: Order,
    memory: memory_cache.Memory | None = None,
) -> Epochs:
    """The faces of `transformed` in the order of any epoch.

    Decoded faces are cached and shuffled if they fit in memory, otherwise the records, which are
    about thirty times smaller, in the same order (`memory_cache.plan_cache`). The memory is that of
    this machine unless given.
    """
    decode, records = _decoder(graph, heads), _records(faces)
    decoded = decode(records)
    plan = memory_cache.plan_cache(
        order.images,
        _face_bytes(decoded),
        memory_cache.records_bytes(faces.files),
        memory or memory_cache.memory(),
    )
    _log.info("of %d training faces: %s", order.images, plan)
    if plan.faces:
        decoded = decoded.cache()
        return lambda epoch: order(decoded, epoch, plan.shuffle_buffer)
    if plan.records:
        records = records.cache()
    return lambda epoch: decode(order(records, epoch, plan.shuffle_buffer))


def _decoder(graph: tft.TFTransformOutput, heads: Sequence[str]) -> Decode:
    """Serialized examples to faces, through the graph."""
    layer = graph.transform_features_layer()
    spec = graph.raw_feature_spec()

    @tf.autograph.experimental.do_not_convert  # Static code; the conversion takes 4 s.
    def apply(batch: tf.Tensor) -> tuple[Inputs, Labels]:
        features = layer(tf.io.parse_example(batch, spec))
        return model_inputs(features), {head: features[label_class(head)] for head in heads}

    def decode(records: tf.data.Dataset) -> tf.data.Dataset:
        return records.batch(_PARSE_BATCH).map(apply, num_parallel_calls=PARALLEL).unbatch()

    return decode


def _with_weights(inputs: Inputs, labels: Labels) -> Batch:
    """Add weights: 0 for a missing label, which then adds nothing to the loss, 1 for others."""
    present = {head: tf.maximum(label, 0) for head, label in labels.items()}
    weights = {head: tf.cast(label >= 0, tf.float32) for head, label in labels.items()}
    return inputs, present, weights


def _without_weight(inputs: Inputs, labels: Labels, weights: Labels) -> Batch:
    return inputs, labels, tf.nest.map_structure(tf.zeros_like, weights)


def training_batches(
    faces: Epochs,
    plan: EpochPlan,
    augment: Augment,
    first_epoch: int = 1,
) -> tf.data.Dataset:
    """(inputs, labels, weights) batches without end, `plan.steps` of them an epoch.

    All random draws of an epoch follow from the seed and its number, counted from 1, so a training
    that resumes at some epoch gets the same batches.
    """

    def epoch_batches(epoch: tf.Tensor) -> tf.data.Dataset:
        seed = epoch_seed(plan.seed, epoch)
        batches = faces(epoch).batch(plan.batch_size).map(_with_weights)
        padded = pad_batches(batches, plan.batch_size)

        def apply(step: tf.Tensor, batch: Batch) -> Batch:
            inputs, labels, weights = batch
            step_seed = tf.random.fold_in(seed, step)
            return map_image(inputs, lambda images: augment(images, step_seed)), labels, weights

        return padded.enumerate().map(apply, num_parallel_calls=PARALLEL)

    return _prefetch(repeat_epochs(epoch_batches, first_epoch))


def validation_batches(
    faces: tf.data.Dataset, images: int, batch_size: int, replicas: int
) -> tf.data.Dataset:
    """(inputs, labels, weights) batches of every face; padding of weight 0 evens out replicas."""
    weighted = cached(faces, images).map(_with_weights)
    missing = -images % replicas
    padding = weighted.take(1).repeat(missing).map(_without_weight)
    length = -(-(images + missing) // batch_size)
    # Filtered data have no known length, and Keras takes the end of the first epoch for a shortage.
    known = tf.data.experimental.assert_cardinality(length)
    return _prefetch(weighted.concatenate(padding).batch(batch_size).apply(known))


def _prefetch(batches: tf.data.Dataset) -> tf.data.Dataset:
    """Prefetched batches with fixed parallelism.

    Autotuning is off: at the end of an epoch TensorFlow 2.16 waits for the tuning thread, which
    sleeps for up to a minute (measured: 60 to 90 s between two epochs).
    """
    options = tf.data.Options()
    options.autotune.enabled = False
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    return batches.prefetch(2).with_options(options)


def cached(faces: tf.data.Dataset, images: int) -> tf.data.Dataset:
    """Cache decoded faces if they fit in memory."""
    size = images * _face_bytes(faces)
    return faces.cache() if memory_cache.fits(size, memory_cache.memory()) else faces


def _face_bytes(faces: tf.data.Dataset) -> int:
    """Bytes of one decoded face."""
    tensors = tf.nest.flatten(faces.element_spec[0])
    return sum(int(tensor.shape.num_elements() * tensor.dtype.size) for tensor in tensors)
