"""The label report as `facefold labels` prints it."""

import pyarrow as pa

from pipelines.validate_labels import LabelsResult, render_text
from schemas.config.blocks import LabelsConfig
from tests.components.label_validator.small_manifest import (
    CLASSES,
    REPORT_ROWS,
    STRICT,
    manifest,
    validate,
)


def report_text(rows: pa.Table, labels: LabelsConfig, *notes: str) -> str:
    files = {"manifest": "m", "rejects": "r", "report": "f"}
    return render_text(LabelsResult(validate(rows, labels, notes).report, files))


def test_the_text_shows_tables_reasons_repairs_and_notes() -> None:
    text = report_text(REPORT_ROWS, LabelsConfig("age", "repaired"), "a note")

    assert text.startswith(
        "labels: policy repaired, target age\nrows 6, unique 5, accepted 3, 40.0%"
    )
    lines = [line.split() for line in text.splitlines()]
    assert ["m", "0", "0", "0", "0", "1", "0", "0", "0", "1"] in lines
    assert ["unknown", "0", "0", "0", "0", "1", "0", "0", "0", "1"] in lines
    assert ["bounds_reversed", "1"] in lines
    assert ["age_between_classes", "1"] in lines
    assert "\nnote: a note\n" in text


def test_a_report_without_rows_can_be_rendered() -> None:
    assert "rows 0" in report_text(manifest(), STRICT)


def test_the_text_shows_subjects_and_shares() -> None:
    lines = [line.split() for line in report_text(REPORT_ROWS, STRICT).splitlines()]

    assert ["subjects", *CLASSES, "all"] in lines
    assert ["gender", "m", "4", "3", "75.0%"] in lines
