"""The training record on disk: a flat JSON object, read back as it was written."""

import json
from typing import Any

import pytest

from schemas.errors import DataError
from schemas.training_record import dump, load
from tests.training_records import CONTENT, make_record

PHASE = {"first_epoch": 6, "last_epoch": 7, "learning_rate": 1e-05, "trainable": 3}
RICH = {
    "resumed_after": 2,
    "phases": [*CONTENT["phases"], PHASE],
    "inputs": ["age"],
    "weights": "random",
    "started_from": {"folder": "runs/whole", "seen": CONTENT["seen"]},
    "sweep": {"trials": 6, "values": {"learning_rate": 0.001, "units": 64}},
}
REFIT = {
    "epochs": 2,
    "epochs_rule": "by hand",
    "best_epochs": {"fold_0": 1, "fold_1": 3},
    "best_epoch": None,
    "last": {"loss": 0.5},
}
WITHOUT_BEST = {key: value for key, value in CONTENT.items() if key != "best"}


@pytest.mark.parametrize(
    "content", [CONTENT, CONTENT | RICH, WITHOUT_BEST | REFIT], ids=["plain", "rich", "refit"]
)
def test_a_record_is_written_as_it_was_read(content: dict[str, Any]) -> None:
    text = json.dumps(content, indent=1, sort_keys=True)

    assert dump(load(text, "here")) == text


def test_a_record_is_a_value() -> None:
    assert make_record(side=64) == make_record(side=64) != make_record()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "Expecting property name"),
        ("[]", "expected a JSON object"),
        (json.dumps({**CONTENT, "side": "wide"}), r"missing or of another type: side\)"),
        (
            json.dumps({key: CONTENT[key] for key in CONTENT if key not in ("seen", "heads")}),
            r"missing or of another type: heads, seen\)",
        ),
        (json.dumps({**CONTENT, "phases": [{"first_epoch": 1}]}), r"phases\.0\.last_epoch, "),
        (json.dumps({**CONTENT, "epochs": 3}), "epochs_rule, best_epochs"),
    ],
)
def test_a_damaged_or_older_record_names_what_is_wrong_and_the_fix(text: str, message: str) -> None:
    with pytest.raises(DataError, match=f"record of runs/a .*{message}.* Run that training again"):
        load(text, "runs/a")
