"""TFRecord shards to serialized examples, several shards at a time."""

import os
from collections.abc import Sequence

import tensorflow as tf

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
