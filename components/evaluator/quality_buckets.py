"""Quality buckets of a face, as text features for TFMA's slices."""

from collections.abc import Mapping
from typing import Any

import apache_beam as beam
import numpy as np
import tensorflow_model_analysis as tfma
from tensorflow_model_analysis.constants import TRANSFORMED_FEATURES_KEY

from schemas.slices import QUALITY, bucket

Extracts = dict[str, Any]


def name_buckets(extracts: Extracts) -> Extracts:
    """Add the name of each quality's bucket to a batch.

    They become transformed features, which TFMA prefers to raw ones of the same name: `blur` is a
    bucket in slices and stays a number in `features`.
    """
    features = extracts[tfma.FEATURES_KEY]
    faces = len(features["key"])
    names = {
        column: [[bucket(column, value).encode()] for value in _numbers(features, column, faces)]
        for column in QUALITY
    }
    columns = {column: np.array(texts, dtype=object) for column, texts in names.items()}
    return {**extracts, TRANSFORMED_FEATURES_KEY: columns}


def _numbers(features: Mapping[str, Any], column: str, faces: int) -> list[float | None]:
    """One number or None per face, from an array (faces, 1) or TFMA's sparse form."""
    values = features[column]
    if isinstance(values, np.ndarray):
        numbers: list[float | None] = values.reshape(-1).tolist()
        return numbers
    by_face = dict(zip(values.indices[:, 0].tolist(), values.values.tolist(), strict=True))
    return [by_face.get(number) for number in range(faces)]


def bucket_extractor() -> tfma.extractors.Extractor:
    """`name_buckets` as an extractor.

    It follows TFMA's own extractor of transformed features, which overwrites them.
    """
    return tfma.extractors.Extractor("NameBuckets", beam.Map(name_buckets))
