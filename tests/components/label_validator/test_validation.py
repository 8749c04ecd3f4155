"""Every row is accepted, or rejected for the first reason in order."""

from typing import Any

import pyarrow as pa
import pytest

from schemas.config.blocks import LabelsConfig
from schemas.tables import MANIFEST, REJECTS
from tests.components.label_validator.small_manifest import (
    STRICT,
    face,
    manifest,
    reasons,
    validate,
)


def details(*rows: dict[str, Any], labels: LabelsConfig = STRICT) -> list[str]:
    texts: list[str] = validate(manifest(*rows), labels).rejects["detail"].to_pylist()
    return texts


def test_accepted_rows_get_class_names_and_keep_the_label_texts() -> None:
    validation = validate(manifest(face(race_text="asian", yaw=15.0)), STRICT)

    (row,) = validation.accepted.to_pylist()
    assert (row["age"], row["gender"], row["race"]) == ("25-32", "m", "asian")
    assert (row["age_text"], row["gender_text"], row["yaw"]) == ("(25, 32)", "m", 15.0)
    assert validation.accepted.schema.equals(MANIFEST)
    assert validation.rejects.schema.equals(REJECTS)
    assert validation.rejects.num_rows == 0


def test_rejects_keep_the_row_and_name_the_stage() -> None:
    (row,) = validate(manifest(face(age_text="35")), STRICT).rejects.to_pylist()

    assert (row["key"], row["age_text"], row["line"]) == ("adience/a", "35", 2)
    assert (row["reason"], row["stage"]) == ("age_between_classes", "label_validator")
    assert "'35' lies in none of" in row["detail"]


def test_an_empty_manifest_gives_two_empty_tables() -> None:
    validation = validate(manifest(), STRICT)

    assert validation.accepted.num_rows == validation.rejects.num_rows == 0
    assert validation.report.rows == 0


# Each row has the faults of all reasons after its own, and one more.
LATE = {"age_text": "None", "gender_text": "u"}
ORDER: dict[str, dict[str, Any]] = {
    "image_unreadable": {"fault": "image_unreadable"},
    "race_unknown": {"race_text": "x", "fault": "image_unreadable"},
    "race_missing": {"race_text": None, "fault": "image_unreadable"},
    "gender_unknown": {"gender_text": "u", "fault": "image_unreadable"},
    "gender_missing": {"gender_text": "", "fault": "image_unreadable"},
    "age_between_classes": {"age_text": "35", "gender_text": "u", "fault": "image_unreadable"},
    "age_spans_classes": {"age_text": "(8, 23)", "gender_text": "", "fault": "image_unreadable"},
    "age_unknown_text": {"age_text": "old", "gender_text": "u", "fault": "image_unreadable"},
    "age_missing": LATE | {"fault": "image_unreadable"},
    "image_missing": LATE | {"fault": "image_missing", "content_hash": None},
    "path_outside_root": LATE | {"fault": "path_outside_root", "content_hash": None},
    "malformed_line": {
        "fault": "malformed_line", "key": "adience/fold_0_data.txt:2", "content_hash": None,
        "subject": None, "photographer": None, "age_text": None, "gender_text": None,
    },
    "malformed_name": {"fault": "malformed_name", "age_text": None, "content_hash": None},
}  # fmt: skip


@pytest.mark.parametrize(("reason", "columns"), ORDER.items(), ids=ORDER)
def test_a_row_with_several_faults_has_the_first_reason(
    reason: str, columns: dict[str, Any]
) -> None:
    target = "race" if reason.startswith("race_") else "age_gender"

    assert reasons(face(**columns), labels=LabelsConfig(target, "strict")) == [reason]


@pytest.mark.parametrize(
    "columns", [ORDER[name] for name in ("age_missing", "image_missing", "path_outside_root")]
)
def test_repeats_conflicts_and_folds_precede_the_faults_of_a_row(
    columns: dict[str, Any],
) -> None:
    row = face(**columns)
    elsewhere = face("b", photographer="p-a", fold="fold_1")

    assert reasons(row, row, labels=STRICT)[1] == "repeat_of"
    assert reasons(row, row | {"gender_text": "f"}) == ["conflicting_labels"] * 2
    assert reasons(row, elsewhere) == ["fold_conflict"] * 2
    assert reasons(row, row, row | {"gender_text": "f"}, elsewhere) == [
        "conflicting_labels", "repeat_of", "conflicting_labels", "fold_conflict",
    ]  # fmt: skip


def test_a_repeat_names_the_kept_row() -> None:
    rows = face("a"), face("b"), face("a"), face("a")

    assert reasons(*rows) == [None, None, "repeat_of", "repeat_of"]
    assert details(*rows) == ["repeat of fold_0_data.txt:2"] * 2


def test_other_names_of_one_content_are_repeats_also_across_sources() -> None:
    rows = [
        face("a", content_hash="same"),
        face("b", content_hash="same"),
        face("a", key="second/a", content_hash="same", source="other.txt"),
    ]

    assert reasons(*rows) == [None, "repeat_of", "repeat_of"]


def test_one_content_with_other_labels_is_a_conflict_of_all_its_faces() -> None:
    rows = [
        face("a", content_hash="same"),
        face("b", content_hash="same"),
        face("c", content_hash="same", age_text="(38, 43)"),
        face("d"),
    ]

    assert reasons(*rows) == ["conflicting_labels", "repeat_of", "conflicting_labels", None]
    first, repeat, last = details(*rows)
    assert "labels (25, 32) m, but (38, 43) m at fold_0_data.txt:4" in first
    assert repeat == "repeat of fold_0_data.txt:2"
    assert "labels (38, 43) m, but (25, 32) m at fold_0_data.txt:2" in last


@pytest.mark.parametrize("target", ["age", "gender", "age_gender"])
@pytest.mark.parametrize(
    "other", [{"age_text": "26"}, {"gender_text": "u"}, {"gender_text": ""}, {"race_text": "black"}]
)
def test_labels_conflict_as_written_whatever_the_target(target: str, other: dict[str, Any]) -> None:
    rows = face(), face(**other)

    assert reasons(*rows, labels=LabelsConfig(target)) == ["conflicting_labels"] * 2


def test_unreadable_images_are_not_equal_content() -> None:
    nothing = {"content_hash": "empty", "fault": "image_unreadable", "detail": "the file is empty"}
    rows = [face("a", **nothing), face("b", **nothing), face("c", age_text="(0, 2)", **nothing)]

    assert reasons(*rows) == ["image_unreadable"] * 3
    assert details(*rows) == ["the file is empty"] * 3
    assert reasons(*rows, rows[0]) == ["image_unreadable"] * 3 + ["repeat_of"]


def test_images_that_were_not_read_are_compared_by_key() -> None:
    rows = [face("a", content_hash=None), face("b", content_hash=None)]

    assert reasons(*rows) == [None, None]


def test_malformed_rows_are_not_compared() -> None:
    bad = {"fault": "malformed_line", "key": "adience/a", "detail": "2 columns", "subject": "s-a"}
    rows = [face(**bad), face("a"), face(**bad | {"age_text": "x", "fold": "fold_1"})]

    assert reasons(*rows) == ["malformed_line", None, "malformed_line"]


@pytest.mark.parametrize("role", ["subject", "photographer"])
def test_a_person_in_two_folds_loses_all_rows(role: str) -> None:
    person = {role: "both"}
    rows = [
        face("a", **person),
        face("b"),
        face("c", fold="fold_1", **person),
        face("d", fold="unknown", **person),
        face("e", fold="fold_1"),
    ]

    conflict = "fold_conflict"
    assert reasons(*rows) == [conflict, None, conflict, conflict, None]
    assert details(*rows)[0] == (
        f"{role} 'both' has rows in fold_0 and fold_1, expected one fold; "
        "move or remove the rows of one"
    )


def test_folds_are_compared_within_one_source_and_unknown_ones_are_not() -> None:
    rows = [
        face("a", subject="1"),
        face("b", key="second/b", subject="1", fold="fold_1"),
        face("c", subject="2"),
        face("d", subject="2", fold="unknown"),
        face("e", subject=None, photographer=None),
        face("f", subject=None, photographer=None, fold="fold_1"),
    ]

    assert reasons(*rows) == [None] * 6


def test_train_and_val_count_as_one_fold() -> None:
    rows = [
        face("a", photographer="x", fold="train"),
        face("b", photographer="x", fold="val"),
        face("c", photographer="y", fold="val"),
        face("d", photographer="y", fold="test"),
    ]

    assert reasons(*rows) == [None, None, "fold_conflict", "fold_conflict"]


def test_three_people_in_two_folds_each_have_their_own_message() -> None:
    rows = [
        face(f"{fold}{person}", subject=person, fold=f"fold_{fold}")
        for person in ("x", "y", "z")
        for fold in (2, 0)
    ]

    assert [text.split(" has")[0] for text in details(*rows)] == [
        f"subject {person!r}" for person in "xxyyzz"
    ]


def photo(name: str, gender: str, **columns: Any) -> dict[str, Any]:
    return face(f"u/landmark_aligned_face.{name}", gender_text=gender, **columns)


def test_all_faces_of_a_photo_with_both_genders_are_rejected_under_that_policy() -> None:
    rows = [
        photo("1.a.jpg", "m"),
        photo("2.a.jpg", "u"),
        photo("3.a.jpg", "f"),
        photo("1.b.jpg", "m"),
        photo("2.b.jpg", "u"),
        photo("1.a.jpg", "m", key="other/u/landmark_aligned_face.1.a.jpg", content_hash="x"),
        face("u/landmark_aligned_face.4.a.jpg", age_text="None", fault="image_missing"),
        face("u/a.jpg", gender_text="f"),
    ]
    mixed, missing = "mixed_gender_photo", "image_missing"

    single = reasons(*rows, labels=LabelsConfig("age", "single_gender_photo"))
    plain = reasons(*rows, labels=LabelsConfig("age", "strict"))

    assert single == [mixed, mixed, mixed, None, None, None, missing, None]
    assert plain == [None, None, None, None, None, None, missing, None]


def test_a_mixed_photo_comes_before_the_labels_and_after_the_image() -> None:
    labels = LabelsConfig("age_gender", "single_gender_photo")
    rows = [photo("1.a", "m", age_text="None"), photo("2.a", "f", fault="image_unreadable")]

    assert reasons(*rows, labels=labels) == ["mixed_gender_photo"] * 2
    assert "labelled both m and f" in details(*rows, labels=labels)[0]


@pytest.mark.parametrize(
    ("target", "partial", "age", "gender", "expected"),
    [
        ("age", "reject", "(0, 2)", "u", ("0-2", None)),
        ("gender", "reject", "None", "f", (None, "f")),
        ("age_gender", "keep", "(0, 2)", "u", ("0-2", None)),
        ("age_gender", "keep", "35", "f", (None, "f")),
        ("age_gender", "keep", "35", "u", "age_between_classes"),
        ("age_gender", "reject", "(0, 2)", "u", "gender_unknown"),
        ("age_gender", "reject", "35", "f", "age_between_classes"),
        ("race", "reject", "(0, 2)", "m", "race_missing"),
    ],
)
def test_only_the_labels_of_the_target_are_required(
    target: str, partial: Any, age: str, gender: str, expected: str | tuple[str | None, str | None]
) -> None:
    labels = LabelsConfig(target, "strict", partial=partial)

    validation = validate(manifest(face(age_text=age, gender_text=gender)), labels)

    if isinstance(expected, str):
        assert validation.rejects["reason"].to_pylist() == [expected]
        assert validation.rejects["detail"][0].as_py()
    else:
        (row,) = validation.accepted.to_pylist()
        assert (row["age"], row["gender"]) == expected


def test_the_same_rows_in_other_chunks_give_the_same_bytes() -> None:
    size = 4_000  # With long names: more than one page of a column.
    rows = [face(f"{n:0>500}", age_text=("(0, 2)", "35", "x")[n % 3]) for n in range(size)]
    whole = manifest(*rows)
    cut = pa.concat_tables([whole.slice(start, 777) for start in range(0, size, 777)])

    files = [validate(table, STRICT).files for table in (whole, cut)]

    assert cut["key"].num_chunks > 1
    assert files[0] == files[1]
