"""Weights of the faces for each head: 0 without the head's label, else 1."""

from collections.abc import Sequence
from typing import Any

import apache_beam as beam
import numpy as np
import tensorflow_model_analysis as tfma

from schemas.features import label_class

Extracts = dict[str, Any]


def weight_key(head: str) -> str:
    """Name of the feature with a face's weight for a head: float32, 1 or 0."""
    return f"{head}_weight"


def weigh_labels(extracts: Extracts, heads: Sequence[str]) -> Extracts:
    """Add the weight of each head to a batch's features: 0 where its label is missing (-1)."""
    features = dict(extracts[tfma.FEATURES_KEY])
    for head in heads:
        present = np.asarray(features[label_class(head)]) >= 0
        features[weight_key(head)] = present.astype(np.float32)
    return {**extracts, tfma.FEATURES_KEY: features}


def weight_extractor(heads: Sequence[str]) -> tfma.extractors.Extractor:
    """`weigh_labels` as an extractor; it follows the one that reads the features."""
    return tfma.extractors.Extractor("WeighLabels", beam.Map(weigh_labels, heads=list(heads)))
