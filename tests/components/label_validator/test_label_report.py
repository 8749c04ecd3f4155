"""The label report and its JSON."""

import json
from collections import Counter

import numpy as np
import pyarrow as pa
import pytest

from components.label_validator.apply_policy import JudgedBlock
from components.label_validator.report_builder import ReportBuilder
from schemas.config.blocks import LabelsConfig
from schemas.errors import DataError
from tests.components.label_validator.small_manifest import (
    CLASSES,
    REPORT_ROWS,
    STRICT,
    face,
    manifest,
    validate,
)

NO_PAIRS = {"compared": 0, "pairs": 0, "across_folds": 0, "listed": []}


def test_the_report_counts_every_row() -> None:
    report = validate(REPORT_ROWS, LabelsConfig("age", "repaired"), ["a note"]).report

    assert json.loads(report.to_json()) == {
        "policy": "repaired",
        "target": "age",
        "rows": 6,
        "unique": 5,
        "accepted": 3,
        "rejected": {"repeat_of": 1, "age_missing": 1, "age_between_classes": 1},
        "repaired": {"bounds_reversed": 1, "age_inside_class": 1},
        "by_fold": {"fold_0": 2, "fold_1": 1, "fold_2": 0},
        "table": {
            gender: dict.fromkeys(CLASSES, 0) | {"25-32": 1} for gender in ("m", "f", "unknown")
        },
        "notes": ["a note"],
        "by_class": {
            gender: {name: {fold: 1} if name == "25-32" else {} for name in CLASSES}
            for gender, fold in (("m", "fold_0"), ("f", "fold_0"), ("unknown", "fold_1"))
        },
        "subjects": {
            gender: dict.fromkeys(CLASSES, 0) | {"25-32": 1} for gender in ("m", "f", "unknown")
        },
        "groups": {
            "gender": {
                "m": {"rows": 4, "rejected": 3, "share": 0.75},
                "f": {"rows": 1, "rejected": 0, "share": 0.0},
                "unknown": {"rows": 1, "rejected": 0, "share": 0.0},
            },
            "age": {
                "25-32": {"rows": 5, "rejected": 2, "share": 0.4},  # 35 is nearest to it.
                "unknown": {"rows": 1, "rejected": 1, "share": 1.0},
            },
            "gender x age": {
                "m x 25-32": {"rows": 3, "rejected": 2, "share": 0.666667},
                "f x 25-32": {"rows": 1, "rejected": 0, "share": 0.0},
            },
        },
        "by_label": {
            "age": {
                name: {"fold_0": 2, "fold_1": 1} if name == "25-32" else {} for name in CLASSES
            }
        },
        "rejected_texts": [
            {
                "label": "age", "text": text, "reason": reason, "known": True, "rows": 1,
                "at_most": 1, "file": "fold_0_data.txt", "line": line,
            }
            for text, reason, line in (("35", "age_between_classes", 7), ("None", "age_missing", 6))
        ],
        "unknown_texts": [
            {
                "label": "gender", "text": "u", "reason": "gender_unknown", "known": False,
                "rows": 1, "at_most": 1, "file": "fold_0_data.txt", "line": 5,
            }
        ],
        "people": {"subject": 3, "photographer": 3},
        "near_repeats": NO_PAIRS,
    }  # fmt: skip
    assert list(report.table["m"])[:2] == ["0-2", "4-6"]
    assert report.reject_share == 0.4  # 2 of 5, without the repeat.


def test_unknown_is_listed_only_if_a_label_is_missing() -> None:
    strict = validate(manifest(face("a")), STRICT).report
    gender = validate(manifest(face("a"), face("b", age_text="35")), LabelsConfig("gender")).report

    assert list(strict.table) == ["m", "f"]
    assert "unknown" not in strict.table["m"]
    assert gender.table["m"]["unknown"] == 1
    assert gender.table["f"]["unknown"] == 0


@pytest.mark.parametrize(
    ("people", "note"),
    [
        ([("ann", "ann"), ("ann", "ann")], "one subject, hence of one fold (fold_0)"),
        ([("ann", "bob"), ("eve", "bob")], "one photographer, hence of one fold (fold_0)"),
        ([("ann", "ann"), ("eve", "eve")], None),
        ([("ann", "ann")], None),
    ],
    ids=["subject", "photographer", "two", "one face"],
)
def test_faces_of_a_single_person_are_noted(
    people: list[tuple[str, str]], note: str | None
) -> None:
    rows = [
        face(f"{number}", subject=subject, photographer=photographer)
        for number, (subject, photographer) in enumerate(people)
    ]

    report = validate(manifest(*rows), STRICT, ("a note",)).report

    assert report.notes[0] == "a note"
    assert len(report.notes) == (2 if note else 1)
    assert (note or "a note") in report.notes[-1]
    assert report.people == {
        "subject": len({subject for subject, _ in people}),
        "photographer": len({photographer for _, photographer in people}),
    }


def test_a_report_without_rows_has_no_reject_share() -> None:
    assert validate(manifest(), STRICT).report.reject_share == 0.0


def test_a_subject_counts_once_in_each_cell() -> None:
    rows = [
        face("a", subject="one"),
        face("b", subject="one"),
        face("c", subject="one", age_text="(38, 43)", fold="fold_0"),
        face("d", subject="two"),
        face("e", subject="one", key="other/e"),  # Another data set's `one` is another person.
        face("f", subject=None, gender_text="f"),
    ]

    report = validate(manifest(*rows), STRICT).report

    assert (report.subjects["m"]["25-32"], report.subjects["m"]["38-43"]) == (3, 1)
    assert (report.table["m"]["25-32"], report.table["f"]["25-32"]) == (4, 1)
    assert report.subjects["f"]["25-32"] == 0


def test_counts_that_do_not_add_up_are_an_error() -> None:
    validation = validate(REPORT_ROWS, STRICT)
    builder = ReportBuilder(STRICT)
    column = validation.rejects.schema.get_field_index("reason")
    unknown = pa.array(["not_in_the_table"] * validation.rejects.num_rows)
    rejects = validation.rejects.set_column(column, "reason", unknown)
    people = {"subject": np.ones(validation.accepted.num_rows, np.uint64)}

    rules = pa.array([], pa.string())
    builder.add(JudgedBlock(validation.accepted, rejects, rules, people, Counter(), [], []))

    with pytest.raises(DataError, match="expected one reason of"):
        builder.report((), rows=REPORT_ROWS.num_rows, near_repeats=NO_PAIRS)
