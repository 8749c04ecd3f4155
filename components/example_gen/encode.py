"""Stored faces as TFRecord files of tf.train.Example."""

from collections.abc import Iterable, Mapping

import tensorflow as tf

from schemas.features import FEATURES, Value


def to_example(features: Mapping[str, Value]) -> bytes:
    """Serialize one face; a None leaves its feature out. Equal features give equal bytes."""
    example = tf.train.Example()
    for name, feature in FEATURES.items():
        value = features[name]
        if value is None:
            continue
        held = example.features.feature[name]
        if feature.kind == "int":
            held.int64_list.value.append(value)
        elif feature.kind == "float":
            held.float_list.value.append(value)
        else:
            held.bytes_list.value.append(value.encode() if isinstance(value, str) else value)
    return example.SerializeToString(deterministic=True)  # type: ignore[no-any-return]


def write_records(path: str, records: Iterable[bytes]) -> int:
    """Write one gzipped TFRecord file under a temporary name, then rename it.

    Args:
      path: local path or URI; its folder is made.
      records: serialized examples, in their final order.

    Returns:
      The number of records.
    """
    folder, _, name = path.rpartition("/")
    tf.io.gfile.makedirs(folder)
    # TFX's patterns match names with a leading dot too: a try that failed may leave its file only
    # because the next one writes the same name again and renames it away.
    unfinished = f"{folder}/.{name}.unfinished"
    count = 0
    with tf.io.TFRecordWriter(unfinished, tf.io.TFRecordOptions(compression_type="GZIP")) as writer:
        for record in records:
            writer.write(record)
            count += 1
    tf.io.gfile.rename(unfinished, path, overwrite=True)
    return count
