"""Schema of the table of predictions, which the Evaluator writes and the review reads."""

import numpy as np
import pyarrow as pa

from schemas.metrics import METRICS, metric_values

_CLASSES = (2, 3, 5, 8)
_CONCENTRATIONS = (0.05, 0.3, 1.0, 10.0, 1000.0)  # From nearly certain to nearly uniform.
_FACES = 256


def reads_probabilities(name: str) -> bool:
    """Whether a metric depends on more than the label and the likeliest class.

    Found by its values of fixed random probabilities and of the one-hot rows of their likeliest
    classes.
    """
    random = np.random.default_rng(0)
    for classes in _CLASSES:
        labels = random.integers(0, classes, _FACES)
        for concentration in _CONCENTRATIONS:
            probabilities = random.dirichlet(np.full(classes, concentration), _FACES)
            likeliest = np.eye(classes)[probabilities.argmax(axis=1)]
            with np.errstate(all="ignore"):  # Such as the logarithm of 0.
                pair = [metric_values(name, labels, of, np) for of in (probabilities, likeliest)]
            if (pair[0] != pair[1]).any():
                return True
    return False


# Metrics whose value is stored with each prediction: the other columns do not determine it.
STORED_METRICS = tuple(name for name in METRICS if reads_probabilities(name))

PROBABILITIES = "probabilities"

PREDICTIONS = pa.schema(
    [
        pa.field("key", pa.string(), nullable=False),
        pa.field("subject", pa.string(), nullable=False),
        pa.field("photographer", pa.string(), nullable=False),
        pa.field("fold", pa.string(), nullable=False),
        pa.field("age", pa.string(), nullable=False),  # Class names; `unknown` where missing.
        pa.field("gender", pa.string(), nullable=False),
        pa.field("race", pa.string(), nullable=False),
        pa.field("height", pa.string(), nullable=False),  # Bucket names of schemas.slices.
        pa.field("width", pa.string(), nullable=False),
        pa.field("blur", pa.string(), nullable=False),
        pa.field("brightness", pa.string(), nullable=False),
        pa.field("face_found", pa.string(), nullable=False),
        pa.field("face_score", pa.string(), nullable=False),
        pa.field("yaw", pa.string(), nullable=False),
        pa.field("roll", pa.string(), nullable=False),
        pa.field("head", pa.string(), nullable=False),  # One row per face and head.
        pa.field("label", pa.int32(), nullable=False),  # Class index; -1 where it is missing.
        pa.field("predicted", pa.int32(), nullable=False),  # Index of the most probable class.
        # Of the predicted class; five decimals.
        pa.field("probability", pa.float32(), nullable=False),
        # Of every class of the head, in their order; five decimals.
        pa.field(PROBABILITIES, pa.list_(pa.float32()), nullable=False),
        # Five decimals; null without the label.
        *(pa.field(name, pa.float32()) for name in STORED_METRICS),
    ],
    metadata={b"schema": b"facefold.predictions/4"},
)
PREDICTIONS_FILE = "predictions.parquet"
