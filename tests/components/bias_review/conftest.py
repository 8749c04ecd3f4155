"""Small predictions tables, written person by person."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from components.bias_review.run_info import RunInfo
from schemas.prediction_table import PREDICTIONS, PROBABILITIES, STORED_METRICS
from schemas.row_counts import RowCounts

AGES = ("0-2", "4-6", "8-12", "15-20", "25-32", "38-43", "48-53", "60-100")
GENDERS = ("m", "f")

BLURS = ("from 1600", "under 25", "100-199", "unknown", "25-49")

# Of a face with a known image size and nothing else.
QUALITY = {
    "height": "256-511",
    "width": "128-255",
    "blur": "unknown",
    "brightness": "unknown",
    "face_found": "not looked for",
    "face_score": "unknown",
    "yaw": "unknown",
    "roll": "unknown",
}

People = Sequence[tuple[str, str, str, int, int]]  # subject, gender, age, images, of them right
Tables = Callable[..., pa.Table]
RunInfos = Callable[..., RunInfo]


def _row(key: str, subject: str, gender: str, age: str, **given: Any) -> dict[str, Any]:
    plain = {"fold": "fold_4", "race": "unknown", "photographer": "p", "probability": 0.6}
    row = {"key": key, "subject": subject, "gender": gender, "age": age}
    stored = dict.fromkeys(STORED_METRICS, 0.5)
    whole = row | QUALITY | plain | stored | given
    return whole | {PROBABILITIES: _probabilities(whole)}


def _probabilities(row: dict[str, Any]) -> list[float]:
    """That of the predicted class, and the rest in equal parts."""
    classes = {"age": len(AGES), "gender": len(GENDERS)}[row["head"]]
    rest = (1 - row["probability"]) / (classes - 1)
    return [row["probability"] if n == row["predicted"] else rest for n in range(classes)]


@pytest.fixture
def people() -> Tables:
    """Build a table of the age head; wrong predictions are one class older, or else younger."""

    def build(rows: People, **given: Any) -> pa.Table:
        table = []
        for subject, gender, age, images, right in rows:
            label = AGES.index(age)
            wrong = label + 1 if label < 7 else 6
            for number in range(images):
                guess = {"head": "age", "label": label, "predicted": wrong}
                guess["predicted"] = label if number < right else wrong
                key = f"{given.get('fold', '')}{subject}/{gender}/{age}/{number}"
                table.append(_row(key, subject, gender, age, **guess, **given))
        return pa.Table.from_pylist(table, schema=PREDICTIONS)

    return build


@pytest.fixture
def crowd() -> Tables:
    """Build a random table of both heads: some labels unknown, several folds, uneven subjects."""

    def build(seed: int, faces: int = 600, subjects: int = 60) -> pa.Table:
        rng = np.random.default_rng(seed)
        table = []
        for number in range(faces):
            person = int(rng.integers(subjects) * rng.random())
            label = person % 8
            gender = GENDERS[person % 2] if rng.random() < 0.9 else "unknown"
            given = {"fold": f"fold_{person % 3}", "race": ("white", "unknown")[person % 2]}
            given["blur"] = BLURS[number % 5]
            key, subject, age = f"a/{number}", f"s{person}", AGES[label]
            guess = int(np.clip(label + rng.choice([0, 0, 0, 1, -1, 2]), 0, 7))
            row = {"head": "age", "label": label, "predicted": guess}
            table.append(_row(key, subject, gender, age, **row, **given))
            if gender != "unknown":
                row = {"head": "gender", "label": person % 2, "predicted": int(rng.integers(2))}
                table.append(_row(key, subject, gender, age, **row, **given))
        return pa.Table.from_pylist(table, schema=PREDICTIONS)

    return build


@pytest.fixture
def run_info() -> RunInfos:
    """Build the information of a run with fold 4 held out."""
    plain = RunInfo(
        name="adience-age",
        model="xception",
        parameters=2_738_240,
        side=128,
        target="age",
        policy="repaired",
        datasets=("adience",),
        names_subjects=True,
        held_out=("fold_4",),
        training=("fold_0", "fold_1", "fold_2", "fold_3"),
        accounting=(RowCounts("label_validator", 10, 7, {"age_missing": 2, "repeat_of": 1}),),
        notes=("Faces were stretched to a square.",),
    )

    def build(**given: Any) -> RunInfo:
        return replace(plain, **given)

    return build


@pytest.fixture
def heads() -> dict[str, tuple[str, ...]]:
    """Both heads with their class names."""
    return {"age": AGES, "gender": GENDERS}
