"""Beam source of a fold's records, which holds one file's records at a time, one by one.

Beam's own source passes every record through a runner's buffer: the in-process runner then holds
the pictures of the whole fold.
"""

import os
from collections.abc import Iterator

import apache_beam as beam
import tensorflow as tf
from tfx.dsl.io import fileio
from tfx.types import Artifact, artifact_utils


def record_files(examples: Artifact, fold: str) -> list[str]:
    """The GZIP TFRecord files of a fold, sorted.

    Files whose name starts with a dot are those of an interrupted attempt.
    """
    folder = artifact_utils.get_split_uri([examples], fold)
    names = sorted(name for name in fileio.listdir(folder) if not name.startswith("."))
    return [os.path.join(folder, name) for name in names]


def read_records(path: str) -> Iterator[bytes]:
    """The serialized examples of a GZIP TFRecord file."""
    yield from tf.data.TFRecordDataset(path, compression_type="GZIP").as_numpy_iterator()


@beam.ptransform_fn
def ReadRecords(  # noqa: N802 - a PTransform reads as a class.
    pipeline: beam.Pipeline, files: list[str]
) -> beam.PCollection:
    """Serialized examples (bytes) of GZIP TFRecord files."""
    return (
        pipeline
        | "Files" >> beam.Create(files)
        | "Spread" >> beam.Reshuffle()
        | "Read" >> beam.FlatMap(read_records).with_output_types(bytes)
    )
