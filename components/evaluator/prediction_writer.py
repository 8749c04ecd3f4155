"""Every face's prediction as a table: what the review needs and aggregates cannot tell."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from schemas import tables
from schemas.features import label_class, probabilities
from schemas.slices import QUALITY

_DECIMALS = 5  # A batch of another size may change the seventh.
_TEXTS = ("key", "subject", "photographer", "fold", "age", "gender", "race")
Row = dict[str, Any]  # One row of records.PREDICTIONS.


def rows_of(extracts: Mapping[str, Any], heads: Sequence[str]) -> Iterator[Row]:
    """One row a head from the TFMA extracts of one face; a missing label is -1.

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
        found = np.asarray(
            predictions[probabilities(head)] if isinstance(predictions, Mapping) else predictions
        )
        predicted = int(np.argmax(found))
        yield {
            **texts,
            "head": head,
            "label": int(np.asarray(features[label_class(head)]).item()),
            "predicted": predicted,
            "probability": round(float(found[predicted]), _DECIMALS),
        }


def _text(value: Any) -> str:
    raw = np.asarray(value).reshape(-1)[0]
    return raw.decode() if isinstance(raw, bytes) else str(raw)


def to_table(rows: Iterable[Row]) -> pa.Table:
    """Rows ordered by head and key, as a table of records.PREDICTIONS."""
    ordered = sorted(rows, key=lambda row: (row["head"], row["key"]))
    return pa.Table.from_pylist(ordered, schema=tables.PREDICTIONS)
