"""Small manifests, and their validation."""

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, NamedTuple

import pyarrow as pa

from components.label_validator.label_report import LabelCounts
from components.label_validator.validation import LabelValidation
from schemas.config.blocks import LabelsConfig
from schemas.parquet import read_table
from schemas.tables import MANIFEST, MANIFEST_FILE, REJECTS_FILE

STRICT = LabelsConfig(policy="strict")
CLASSES = ["0-2", "4-6", "8-12", "15-20", "25-32", "38-43", "48-53", "60-100"]


def face(name: str = "a", **columns: Any) -> dict[str, Any]:
    """A manifest row; each name is a person of its own with a picture of its own."""
    row = {
        "key": f"adience/{name}",
        "path": name,
        "subject": f"s-{name}",
        "photographer": f"p-{name}",
        "fold": "fold_0",
        "age_text": "(25, 32)",
        "gender_text": "m",
        "content_hash": f"hash of {name}",
        "source": "fold_0_data.txt",
    }
    return row | columns


def manifest(*rows: dict[str, Any]) -> pa.Table:
    numbered = [{"line": number} | row for number, row in enumerate(rows, start=2)]
    return pa.Table.from_pylist(numbered, schema=MANIFEST)


class Validation(NamedTuple):
    """The outputs of LabelValidation."""

    accepted: pa.Table
    rejects: pa.Table
    report: LabelCounts
    files: dict[str, bytes]  # By name.


def validate(
    table: pa.Table,
    labels: LabelsConfig,
    notes: Sequence[str] = (),
    vocabularies: Mapping[str, str] = MappingProxyType({}),
) -> Validation:
    """Both passes over one table, and the written files read again."""
    files: dict[str, bytes] = {}

    @contextmanager
    def open_file(name: str) -> Iterator[io.BytesIO]:
        file = io.BytesIO()
        yield file
        files[name] = file.getvalue()

    validation = LabelValidation(labels, vocabularies)
    validation.add(table)
    report = validation.write_outputs(lambda: [table], notes, open_file)
    accepted, rejects = (
        read_table(io.BytesIO(files[name])) for name in (MANIFEST_FILE, REJECTS_FILE)
    )
    return Validation(accepted, rejects, report, files)


def reasons(*rows: dict[str, Any], labels: LabelsConfig = STRICT) -> list[str | None]:
    """The reason of each row, None if it is accepted; rows are identified by their lines."""
    validation = validate(manifest(*rows), labels)
    by_line: dict[int, str | None] = dict.fromkeys(validation.accepted["line"].to_pylist())
    rejected = zip(
        validation.rejects["line"].to_pylist(),
        validation.rejects["reason"].to_pylist(),
        strict=True,
    )
    for line, reason in rejected:
        assert line not in by_line
        by_line[line] = reason
    assert len(by_line) == len(rows)
    return [by_line[line] for line in sorted(by_line)]


# A repeat, a repaired age, a repaired age without a gender, and two rejected ages.
REPORT_ROWS = manifest(
    face("a"),
    face("a"),
    face("b", age_text="(25, 23)", gender_text="f"),
    face("c", age_text="29", gender_text="u", fold="fold_1"),
    face("d", age_text="None", fold="fold_2"),
    face("e", age_text="35", fold="unknown"),
)
