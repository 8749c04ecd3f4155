"""Stored images of single faces, from the examples."""

from collections.abc import Collection, Sequence

import tensorflow as tf

_FEATURES = {
    "key": tf.io.FixedLenFeature([], tf.string),
    "image": tf.io.FixedLenFeature([], tf.string),
}


def read_pictures(files: Sequence[str], keys: Collection[str]) -> dict[str, bytes]:
    """The stored image of each key that is in GZIP TFRecord files."""
    found = {}
    for record in tf.data.TFRecordDataset(list(files), compression_type="GZIP"):
        face = tf.io.parse_single_example(record, _FEATURES)
        if (key := face["key"].numpy().decode()) in keys:
            found[key] = face["image"].numpy()
    return found
