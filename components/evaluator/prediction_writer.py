"""The prediction of each face as rows, from which the review draws its intervals."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from schemas.features import label_class, probabilities
from schemas.labels.classes import MISSING_CLASS
from schemas.metrics import head_metrics, metric_values
from schemas.prediction_table import PROBABILITIES, STORED_METRICS
from schemas.slices import QUALITY

_DECIMALS = 5  # The seventh depends on the batch size.
_TEXTS = ("key", "subject", "photographer", "fold", "age", "gender", "race")
Row = dict[str, Any]  # One row of schemas.prediction_table.PREDICTIONS.


def rows_of(extracts: Mapping[str, Any], heads: Sequence[str]) -> Iterator[Row]:
    """One row per head from the TFMA extracts of one face; a missing label is -1.

    Args:
      extracts: `features` ({name: array (1,)}), `transformed_features` (the same, of the buckets
        of each quality) and `predictions` ({output: array (classes,)}, or with one output its
        array alone).
      heads: names of the heads.
    """
    features, predictions = extracts["features"], extracts["predictions"]
    texts = {name: _text(features[name]) for name in _TEXTS}
    texts |= {name: _text(extracts["transformed_features"][name]) for name in QUALITY}
    for head in heads:
        shares = np.asarray(
            predictions[probabilities(head)] if isinstance(predictions, Mapping) else predictions
        )
        predicted = int(np.argmax(shares))
        label = int(np.asarray(features[label_class(head)]).item())
        yield {
            **texts,
            "head": head,
            "label": label,
            "predicted": predicted,
            "probability": round(float(shares[predicted]), _DECIMALS),
            PROBABILITIES: np.round(shares.astype(np.float64), _DECIMALS).tolist(),
            **_stored_metrics(head, label, shares),
        }


def _stored_metrics(head: str, label: int, shares: npt.NDArray[Any]) -> dict[str, float | None]:
    """Values of the metrics that the likeliest class alone does not determine."""
    known = head_metrics(head) if label != MISSING_CLASS else {}
    return {
        name: round(
            float(metric_values(name, np.array([label]), shares[np.newaxis], np)[0]), _DECIMALS
        )
        if name in known
        else None
        for name in STORED_METRICS
    }


def _text(value: Any) -> str:
    raw = np.asarray(value).reshape(-1)[0]
    return raw.decode() if isinstance(raw, bytes) else str(raw)


def order(row: Row) -> tuple[str, str]:
    """Rows of the table are ordered by head and key."""
    return row["head"], row["key"]
