"""A training record for tests that only care about a part of one."""

import json
from typing import Any

from schemas.training_record import TrainingRecord, load

CONTENT: dict[str, Any] = {
    "model": "cnn3",
    "side": 128,
    "heads": {"gender": ["m", "f"]},
    "inputs": [],
    "units": [128],
    "pair": "heads",
    "coral": False,
    "weights": None,
    "started_from": None,
    "seen": [
        {"dataset": "adience", "people": "adience", "cut": "adience", "folds": ["fold_0", "fold_1"]}
    ],
    "training_images": 90,
    "training_subjects": 9,
    "validation_images": 10,
    "validation_subjects": 1,
    "parameters": 7,
    "phases": [{"first_epoch": 1, "last_epoch": 5, "learning_rate": 0.001, "trainable": 4098}],
    "epochs_run": 5,
    "best_epoch": 3,
    "best": {"val_loss": 1.0},
}


def make_record(**changes: Any) -> TrainingRecord:
    """A record of CONTENT with some keys of its JSON changed."""
    return load(json.dumps(CONTENT | changes), "a test")
