"""Small manifests, and the reasons of their rows."""

from typing import Any

import pyarrow as pa

from components.label_validator.validation import validate
from schemas.config.blocks import LabelsConfig
from schemas.tables import MANIFEST

STRICT = LabelsConfig(policy="strict")


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


def reasons(*rows: dict[str, Any], labels: LabelsConfig = STRICT) -> list[str | None]:
    """The reason of each row, None where it was accepted; rows are told by their lines."""
    found = validate(manifest(*rows), labels)
    by_line: dict[int, str | None] = dict.fromkeys(found.accepted["line"].to_pylist())
    rejected = zip(
        found.rejects["line"].to_pylist(), found.rejects["reason"].to_pylist(), strict=True
    )
    for line, reason in rejected:
        assert line not in by_line
        by_line[line] = reason
    assert len(by_line) == len(rows)
    return [by_line[line] for line in sorted(by_line)]
