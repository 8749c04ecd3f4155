"""TFRecord files of tf.train.Example, written without TensorFlow.

A worker process that imports TensorFlow takes many times as long to start and 400 MB more memory.
"""

import gzip
import os
import struct
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO

import google_crc32c
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format

from schemas.features import FEATURES, Value
from schemas.files import name_in_errors

# The messages of tensorflow/core/example/example.proto and feature.proto, by their field numbers.
_MESSAGES = """
name: "example.proto" package: "facefold" syntax: "proto3"
message_type { name: "BytesList"
  field { name: "value" number: 1 label: LABEL_REPEATED type: TYPE_BYTES } }
message_type { name: "FloatList"
  field { name: "value" number: 1 label: LABEL_REPEATED type: TYPE_FLOAT } }
message_type { name: "Int64List"
  field { name: "value" number: 1 label: LABEL_REPEATED type: TYPE_INT64 } }
message_type { name: "Feature"
  oneof_decl { name: "kind" }
  field { name: "bytes_list" number: 1 label: LABEL_OPTIONAL type: TYPE_MESSAGE
          type_name: ".facefold.BytesList" oneof_index: 0 }
  field { name: "float_list" number: 2 label: LABEL_OPTIONAL type: TYPE_MESSAGE
          type_name: ".facefold.FloatList" oneof_index: 0 }
  field { name: "int64_list" number: 3 label: LABEL_OPTIONAL type: TYPE_MESSAGE
          type_name: ".facefold.Int64List" oneof_index: 0 } }
message_type { name: "Features"
  nested_type { name: "FeatureEntry" options { map_entry: true }
    field { name: "key" number: 1 label: LABEL_OPTIONAL type: TYPE_STRING }
    field { name: "value" number: 2 label: LABEL_OPTIONAL type: TYPE_MESSAGE
            type_name: ".facefold.Feature" } }
  field { name: "feature" number: 1 label: LABEL_REPEATED type: TYPE_MESSAGE
          type_name: ".facefold.Features.FeatureEntry" } }
message_type { name: "Example"
  field { name: "features" number: 1 label: LABEL_OPTIONAL type: TYPE_MESSAGE
          type_name: ".facefold.Features" } }
"""
_LISTS = {"bytes": "bytes_list", "text": "bytes_list", "int": "int64_list", "float": "float_list"}
# Levels of gzip; only raw pixels are worth compressing.
_COMPRESSED, _STORED = 1, 0
UNFINISHED = ".unfinished"
_CRC_MASK = 0xA282EAD8  # tensorflow/core/lib/hash/crc32c.h, kMaskDelta.


def _example_class() -> Any:
    pool = descriptor_pool.DescriptorPool()  # Not the default pool: TensorFlow uses that one.
    pool.Add(text_format.Parse(_MESSAGES, descriptor_pb2.FileDescriptorProto()))
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("facefold.Example"))


_Example = _example_class()


def to_example(features: Mapping[str, Value]) -> bytes:
    """Serialize one face, without features that are None. Equal features give equal bytes."""
    example = _Example()
    messages = example.features.feature
    for name, feature in FEATURES.items():
        value = features[name]
        if value is None:
            continue
        values = getattr(messages[name], _LISTS[feature.kind]).value
        values.append(value.encode() if isinstance(value, str) else value)
    serialized: bytes = example.SerializeToString(deterministic=True)
    return serialized


def write_records(path: str, records: Iterable[bytes], *, compress: bool = False) -> int:
    """Write one gzipped TFRecord file under a temporary name, then rename it.

    Args:
      path: local path or URI; its folder is created.
      records: serialized examples, in their final order.
      compress: worthwhile for raw pixels alone.

    Returns:
      The number of records.
    """
    count = 0
    level = _COMPRESSED if compress else _STORED
    with _new_file(path) as file, gzip.GzipFile(
        filename="", mode="wb", compresslevel=level, fileobj=file, mtime=0
    ) as compressed:  # fmt: skip
        for record in records:
            _write_record(compressed, record)
            count += 1
    return count


@contextmanager
def _new_file(path: str) -> Iterator[BinaryIO]:
    """A file under a temporary name, renamed at the end.

    A failed attempt may leave this file: the next one writes and renames the same name, and what is
    left on a cluster after the last one is removed by FaceExampleGen. Beam is imported for a URI
    alone: it takes longer than all the rest of a worker process's start.
    """
    folder, _, name = path.rpartition("/")
    unfinished = f"{folder}/.{name}{UNFINISHED}"
    if "://" in path:
        from apache_beam.io.filesystem import CompressionTypes
        from apache_beam.io.filesystems import FileSystems

        plain = CompressionTypes.UNCOMPRESSED
        with FileSystems.create(unfinished, compression_type=plain) as file:
            yield file
        FileSystems.rename([unfinished], [path])
    else:
        os.makedirs(folder, exist_ok=True)
        with name_in_errors(path), open(unfinished, "wb") as file:
            yield file
        os.replace(unfinished, path)


def _write_record(file: BinaryIO | gzip.GzipFile, record: bytes) -> None:
    """Write length, its checksum, the bytes, their checksum (tensorflow.org, TFRecord format)."""
    length = struct.pack("<Q", len(record))
    file.write(length + _checksum(length))
    file.write(record)
    file.write(_checksum(record))


def _checksum(content: bytes) -> bytes:
    crc = google_crc32c.value(content)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + _CRC_MASK) & 0xFFFFFFFF)
