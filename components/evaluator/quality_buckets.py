"""The buckets of a face's quality, as texts by which TFMA slices."""

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

    They become transformed features: TFMA slices by such a one before a raw one of the same name,
    so `blur` names a bucket in slices, and stays a number in `features`.
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
    """One number a face, None where it has none, of an array (faces, 1) or TFMA's sparse form."""
    held = features[column]
    if isinstance(held, np.ndarray):
        found: list[float | None] = held.reshape(-1).tolist()
        return found
    by_face = dict(zip(held.indices[:, 0].tolist(), held.values.tolist(), strict=True))
    return [by_face.get(number) for number in range(faces)]


def bucket_extractor() -> tfma.extractors.Extractor:
    """The stage that does it; it stands after TFMA's own for transformed features.

    That one asks the model for them, which has none, and would forget these.
    """
    return tfma.extractors.Extractor("NameBuckets", beam.Map(name_buckets))
