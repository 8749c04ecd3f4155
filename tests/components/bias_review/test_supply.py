"""Training images and subjects of each group against plain counting."""

import pyarrow as pa

from components.bias_review.supply import COLUMNS, Supply, count

ROWS = [
    ("m", "4-6", None, "a", "fold_0"),
    ("m", "4-6", None, "a", "fold_0"),
    ("m", "8-12", None, "b", "fold_1"),
    ("f", "4-6", None, "c", "fold_1"),
    ("f", "4-6", None, "d", "fold_4"),
    (None, "4-6", None, "e", "fold_0"),
]
REPORT = {"gender": {"m": {"rows": 4, "rejected": 1, "share": 0.25}}}


def test_groups_are_counted_in_the_training_folds() -> None:
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in ROWS]
    table = pa.Table.from_pylist(rows, schema=pa.schema([(c, pa.string()) for c in COLUMNS]))

    found = count(
        table, ["fold_0", "fold_1"], [("gender",), ("gender", "age"), ("fold", "age")], REPORT
    )

    assert found == {
        (("gender",), ("m",)): Supply(3, 2, 0.25),
        (("gender",), ("f",)): Supply(1, 1, None),
        (("gender",), ("unknown",)): Supply(1, 1, None),
        (("gender", "age"), ("m", "4-6")): Supply(2, 1, None),
        (("gender", "age"), ("m", "8-12")): Supply(1, 1, None),
        (("gender", "age"), ("f", "4-6")): Supply(1, 1, None),
        (("gender", "age"), ("unknown", "4-6")): Supply(1, 1, None),
    }
