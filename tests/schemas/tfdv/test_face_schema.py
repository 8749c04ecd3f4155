"""The TFDV schema under each age class table."""

import re

import pytest

from schemas.labels.classes import ADIENCE8, AGE_TABLES, SEVEN, AgeClass
from schemas.tfdv.face_schema import fit_schema
from tests.repository import FACE_SCHEMA

TEXT = FACE_SCHEMA.read_text(encoding="utf-8")


def test_adience_s_classes_leave_every_byte() -> None:
    assert fit_schema(TEXT, ADIENCE8) == TEXT


@pytest.mark.parametrize("classes", [SEVEN, (AgeClass("0-17", 0, 17), AgeClass("18-99", 18, 99))])
def test_only_the_age_names_and_their_number_change(classes: tuple[AgeClass, ...]) -> None:
    removed = [f'  value: "{age.name}"' for age in ADIENCE8] + ["  int_domain { min: -1 max: 7 }"]
    added = [f'  value: "{age.name}"' for age in classes]
    added.append(f"  int_domain {{ min: -1 max: {len(classes) - 1} }}")

    fitted = fit_schema(TEXT, classes).splitlines()

    lines = TEXT.splitlines()
    assert sorted(fitted + removed) == sorted(lines + added)
    assert [line for line in fitted if line not in added] == [
        line for line in lines if line not in {*removed, *added}
    ]


def test_a_comment_stays_so_that_touching_the_schema_still_shows() -> None:
    assert fit_schema(TEXT + "\n# One more line.\n", SEVEN).endswith("# One more line.\n")


def test_a_schema_that_cannot_be_fitted_is_an_error() -> None:
    without = re.sub(r'name: "age_class"', 'name: "other_class"', TEXT)

    with pytest.raises(ValueError, match="1 age domains and 0 bounds"):
        fit_schema(without, SEVEN)


def test_the_image_holds_the_schema_of_every_class_table() -> None:
    shipped = {"adience8": "faces.pbtxt", "seven": "faces.seven.pbtxt"}

    assert shipped.keys() == AGE_TABLES.keys()
    for table, name in shipped.items():
        kept = (FACE_SCHEMA.parent / name).read_text(encoding="utf-8")
        assert kept == fit_schema(TEXT, AGE_TABLES[table])
