"""The Evaluator on drawn faces: TFMA's metrics against plain numpy."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import tensorflow as tf
import tensorflow_model_analysis as tfma

from components.example_gen.tfrecord import write_records
from schemas.errors import DataError
from tests.components.evaluator.painted_faces import (
    NAMES,
    Evaluated,
    Painted,
    evaluate,
    make_faces,
    paint,
    write_model,
)
from tests.components.trainer.small_faces import AGES, record

pytestmark = pytest.mark.tf

Ints = npt.NDArray[np.int64]
SLICES = ("fold", "gender", "age", ("gender", "age"))


EVERY_HEAD = pytest.mark.parametrize(
    ("fixture", "head"),
    [("age_run", "age"), ("pair_run", "age"), ("pair_run", "gender")],
    ids=["age_alone", "age_of_two", "gender_of_two"],
)


@pytest.fixture(scope="module")
def age_run(transform_output: Path, tmp_path_factory: pytest.TempPathFactory) -> Evaluated:
    """One head; overall accuracy is above the bar, and one slice of few faces is all wrong."""
    folder = tmp_path_factory.mktemp("age")
    write_model(folder / "model", ["age"], transform_output)
    faces = make_faces(60)
    bad = faces[3].face._replace(key="adience/bad", fold="fold_9", subject="x", photographer="x")
    faces.append(paint(bad, 999, age=(AGES.index(bad.age or "") + 4) % 8, gender=0))
    return evaluate(folder, faces, ["age"], folder / "model", slices=SLICES)


@pytest.fixture(scope="module")
def pair_run(transform_output: Path, tmp_path_factory: pytest.TempPathFactory) -> Evaluated:
    """Two heads, one below the bar and one above; some faces lack one of the labels."""
    folder = tmp_path_factory.mktemp("pair")
    write_model(folder / "model", ["age", "gender"], transform_output)
    faces = [
        painted._replace(
            face=painted.face._replace(
                age=None if number % 6 == 1 else painted.face.age,
                gender=None if number % 6 == 4 else painted.face.gender,
            )
        )
        for number, painted in enumerate(make_faces(60))
    ]
    heads = ["age", "gender"]
    return evaluate(folder, faces, heads, folder / "model", slices=("gender",))


def labelled(run: Evaluated, head: str) -> list[Painted]:
    """The faces that have the head's label."""
    return [painted for painted in run.faces if getattr(painted.face, head) is not None]


def truth(faces: list[Painted], head: str) -> tuple[Ints, Ints]:
    """(labels, answers) of the painted faces."""
    labels = [NAMES[head].index(getattr(painted.face, head)) for painted in faces]
    return np.array(labels), np.array([painted.answers[head] for painted in faces])


def in_slice(faces: list[Painted], key: tuple[Any, ...]) -> list[Painted]:
    """The faces of a slice; TFMA writes it as ((feature, value), ...)."""
    return [
        painted
        for painted in faces
        if all((getattr(painted.face, name) or "unknown") == value for name, value in key)
    ]


def confusion(plot: dict[str, Any]) -> dict[tuple[int, int], int]:
    """{(label, predicted): faces} of TFMA's plot at its threshold 0: the likeliest class."""
    matrices = plot["multiClassConfusionMatrixAtThresholds"]["matrices"]
    entries = next(m for m in matrices if m.get("threshold", 0.0) == 0.0)["entries"]
    return {
        (e.get("actualClassId", 0), e.get("predictedClassId", 0)): round(
            e.get("numWeightedExamples", 0.0)
        )
        for e in entries
    }


@EVERY_HEAD
def test_accuracy_and_count_of_every_slice_equal_numpy(
    fixture: str, head: str, request: pytest.FixtureRequest
) -> None:
    run: Evaluated = request.getfixturevalue(fixture)

    for key, metrics in run.metrics(head).items():
        labels, answers = truth(in_slice(labelled(run, head), key), head)
        count = metrics[""]["example_count"]["doubleValue"]
        if count == 0:
            assert len(labels) == 0
            continue
        assert count == len(labels), key
        assert metrics[""]["accuracy"]["doubleValue"] == pytest.approx((labels == answers).mean())


def test_every_configured_slice_is_reported(age_run: Evaluated) -> None:
    faces = [painted.face for painted in age_run.faces]
    expected: set[tuple[Any, ...]] = {()}
    expected |= {(("fold", face.fold),) for face in faces}
    expected |= {(("gender", face.gender),) for face in faces}
    expected |= {(("age", face.age),) for face in faces}
    expected |= {(("age", face.age), ("gender", face.gender)) for face in faces}

    slices = {tuple(sorted(key)) for key in age_run.metrics("age")}

    assert slices == expected


@pytest.mark.parametrize("fixture", ["age_run", "pair_run"])
def test_one_off_accuracy_of_every_slice_equals_numpy(
    fixture: str, request: pytest.FixtureRequest
) -> None:
    run: Evaluated = request.getfixturevalue(fixture)

    for key, metrics in run.metrics("age").items():
        labels, answers = truth(in_slice(labelled(run, "age"), key), "age")
        if not len(labels):
            continue
        near = (abs(labels - answers) <= 1).mean()
        assert metrics[""]["one_off"]["doubleValue"] == pytest.approx(near), key


@pytest.mark.parametrize("fixture", ["age_run", "pair_run"])
def test_absolute_error_of_every_slice_equals_numpy(
    fixture: str, request: pytest.FixtureRequest
) -> None:
    run: Evaluated = request.getfixturevalue(fixture)

    for key, metrics in run.metrics("age").items():
        labels, answers = truth(in_slice(labelled(run, "age"), key), "age")
        if not len(labels):
            continue
        away = abs(labels - answers).mean()
        assert metrics[""]["absolute_error"]["doubleValue"] == pytest.approx(away), key


@EVERY_HEAD
def test_recall_of_every_class_is_that_of_the_likeliest_class(
    fixture: str, head: str, request: pytest.FixtureRequest
) -> None:
    run: Evaluated = request.getfixturevalue(fixture)
    labels, answers = truth(labelled(run, head), head)

    overall = run.metrics(head)[()]

    for index in range(len(NAMES[head])):
        recall = overall[f"classId:{index} topK:1"]["recall"]["doubleValue"]
        assert recall == pytest.approx((answers[labels == index] == index).mean()), index


@EVERY_HEAD
def test_the_confusion_counts_equal_numpy(
    fixture: str, head: str, request: pytest.FixtureRequest
) -> None:
    run: Evaluated = request.getfixturevalue(fixture)
    plots = tfma.load_eval_result(str(run.folder / "evaluation")).plots
    output = f"{head}_probabilities" if len(run.heads) > 1 else ""

    for key, plot in plots:
        labels, answers = truth(in_slice(labelled(run, head), key), head)
        expected: dict[tuple[int, int], int] = {}
        for pair in zip(labels.tolist(), answers.tolist(), strict=True):
            expected[pair] = expected.get(pair, 0) + 1
        if expected:
            counted = confusion(plot[output][""])
            assert {pair: n for pair, n in counted.items() if n} == expected, key


@pytest.mark.parametrize("fixture", ["age_run", "pair_run"])
def test_predictions_hold_every_face_once_a_head(
    fixture: str, request: pytest.FixtureRequest
) -> None:
    run: Evaluated = request.getfixturevalue(fixture)

    rows = run.predictions()

    expected = sorted((head, painted.face.key) for head in run.heads for painted in run.faces)
    assert [(row["head"], row["key"]) for row in rows] == expected
    faces = {painted.face.key: painted for painted in run.faces}
    for row in rows:
        face, answers = faces[row["key"]]
        assert (row["subject"], row["photographer"], row["fold"]) == (
            face.subject,
            face.photographer,
            face.fold,
        )
        assert (row["age"], row["gender"]) == (face.age or "unknown", face.gender or "unknown")
        assert row["race"] == "unknown"
        text = getattr(face, row["head"])
        assert row["label"] == (NAMES[row["head"]].index(text) if text else -1)
        assert row["predicted"] == answers[row["head"]]


@pytest.mark.parametrize("fixture", ["age_run", "pair_run"])
def test_predictions_are_those_of_the_saved_model(
    fixture: str, request: pytest.FixtureRequest
) -> None:
    run: Evaluated = request.getfixturevalue(fixture)
    served = tf.saved_model.load(str(run.folder / "model" / "Format-Serving"))
    faces = [painted.face for painted in run.faces]

    outputs = served.signatures["serving_default"](tf.constant([record(face) for face in faces]))

    index = {face.key: number for number, face in enumerate(faces)}
    for row in run.predictions():
        probabilities = outputs[f"{row['head']}_probabilities"].numpy()[index[row["key"]]]
        assert row["predicted"] == outputs[f"{row['head']}_class"].numpy()[index[row["key"]]]
        assert row["probability"] == pytest.approx(
            probabilities.max(), abs=6e-6
        )  # Kept with five decimals.


def test_every_model_is_blessed_since_the_review_decides(
    age_run: Evaluated, pair_run: Evaluated
) -> None:
    metrics = age_run.metrics("age")

    assert metrics[(("fold", "fold_9"),)][""]["accuracy"]["doubleValue"] == 0
    assert age_run.blessed
    assert pair_run.blessed


def test_two_faces_under_one_key_are_an_error_and_not_one_row_less(
    age_run: Evaluated, tmp_path: Path
) -> None:
    twice = [*make_faces(3), make_faces(1)[0]]

    with pytest.raises(DataError, match=r"counted the labels \{'age': 4\}.*\{'age': 3\}"):
        evaluate(tmp_path, twice, ["age"], age_run.folder / "model", slices=())


def test_a_held_out_fold_without_faces_is_an_error_that_names_the_fix(
    age_run: Evaluated, tmp_path: Path
) -> None:
    write_records(str(tmp_path / "examples" / "Split-fold_2" / "faces-00000-of-00001.gz"), [])

    with pytest.raises(DataError, match=r"no faces.*folds\.test"):
        evaluate(
            tmp_path,
            [],
            ["age"],
            age_run.folder / "model",
            slices=(),
            splits=["fold_2"],
        )


def test_a_face_that_was_stored_and_not_read_is_an_error(
    age_run: Evaluated, tmp_path: Path
) -> None:
    faces = make_faces(4)
    stored = {face.face.fold: 10 for face in faces}

    with pytest.raises(DataError, match=rf"read 4 faces of .*, expected the {10 * len(stored)} "):
        evaluate(tmp_path, faces, ["age"], age_run.folder / "model", slices=(), stored=stored)


def test_no_part_of_the_table_is_left(age_run: Evaluated) -> None:
    assert not (age_run.folder / "evaluation" / "parts").exists()
