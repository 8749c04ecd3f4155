"""The 96 % "accuracy" of a published joint model is that of a constant, by the real label files.

The model answers with a pair of numbers, (age class 0 to 7, gender 0 or 1). Keras' `accuracy` of a
2-vector compares the position of the larger number. The unified table: rows with both labels,
strict, each face once.
"""

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from pipelines.validate_labels import run_labels
from schemas.config.blocks import Config, DataConfig, LabelsConfig
from schemas.labels.classes import GENDERS, class_names

AGES = class_names("age", "adience8")
TEXTS = ("(0, 2)", "(4, 6)", "(8, 12)", "(15, 20)", "(25, 32)", "(38, 43)", "(48, 53)", "(60, 100)")
ROWS = 16_156
Pair = tuple[int, int]  # (age class, gender code).


@pytest.fixture(scope="module")
def unified(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str]]:
    """(age class, gender) of every row that the label policy accepts."""
    data = DataConfig("adience", str(shared_data / "adience" / "fold_*_data.txt"))
    labels = LabelsConfig(target="age_gender", policy="strict")
    output = str(tmp_path_factory.mktemp("labels"))
    result = run_labels(Config("test", (data,), labels=labels, output=output), labels_only=True)
    table = pq.read_table(result.files["manifest"], columns=["age", "gender"])
    return list(zip(*table.to_pydict().values(), strict=True))


def position_of_larger(pair: Sequence[float]) -> int:
    """0 or 1; of equal numbers the first, as argmax."""
    first, second = pair
    return int(second > first)


def pairs(unified: list[tuple[str, str]], one: str) -> list[Pair]:
    return [(AGES.index(age), int(gender == one)) for age, gender in unified]


@pytest.mark.parametrize(("one", "right"), [("f", ROWS - 681), ("m", ROWS - 716)])
def test_a_constant_answer_already_scores_96_percent_whichever_gender_is_1(
    unified: list[tuple[str, str]], one: str, right: int
) -> None:
    truths = pairs(unified, one)

    scored = sum(position_of_larger(truth) == 0 for truth in truths)  # Of the answer (7, 0).

    assert len(truths) == ROWS
    assert scored == right
    assert round(100 * scored / ROWS, 1) in (95.6, 95.8)


@pytest.mark.parametrize("one", GENDERS)
def test_the_same_constant_names_the_right_pair_of_one_face_in_37(
    unified: list[tuple[str, str]], one: str
) -> None:
    counts = Counter(pairs(unified, one))

    oldest = counts[7, 0]

    assert oldest == {"m": 427, "f": 439}[one]  # Of the other gender, 60 and older.
    assert oldest / ROWS < 0.028


@pytest.mark.parametrize("one", GENDERS)
def test_plain_lines_and_numpy_agree(
    shared_data: Path, unified: list[tuple[str, str]], one: str
) -> None:
    faces = set()
    for path in (shared_data / "adience").glob("fold_[0-4]_data.txt"):
        with path.open(newline="") as lines:
            for line in csv.DictReader(lines, delimiter="\t"):
                if line["age"] in TEXTS and line["gender"] in GENDERS:
                    name = (line["user_id"], line["original_image"], line["face_id"])
                    faces.add((*name, TEXTS.index(line["age"]), int(line["gender"] == one)))
    truths = np.array([face[-2:] for face in faces])

    accuracy = (truths.argmax(axis=1) == 0).mean()

    positions = [position_of_larger(truth) for truth in pairs(unified, one)]
    assert len(truths) == ROWS
    assert accuracy == pytest.approx(positions.count(0) / ROWS, abs=1e-12)


@pytest.mark.tf
def test_keras_accuracy_of_a_2_vector_compares_the_position_of_the_larger_number() -> None:
    import keras

    truths = np.array([[7, 1], [0, 1], [3, 0], [0, 0], [1, 1], [0, 1]], np.float32)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Rescaling([7.0, 0.0])])
    model.compile(loss="mse", metrics=["accuracy"])

    scored = model.evaluate(np.ones((6, 1), np.float32), truths, verbose=0, return_dict=True)

    expected = np.mean(
        [position_of_larger(truth) == position_of_larger((7, 0)) for truth in truths.tolist()]
    )
    assert scored["accuracy"] == pytest.approx(expected) == pytest.approx(4 / 6)
