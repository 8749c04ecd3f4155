"""Repeats, conflicts and people in two folds, against plain loops over pairs of rows."""

from collections import Counter, defaultdict
from hashlib import md5
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from components.label_validator import validation
from schemas.config.blocks import DataConfig, LabelsConfig
from tests.components.ingest.small_data import HEADER, build_manifest, face_line, write_labels
from tests.components.label_validator.small_manifest import face, reasons, validate


@st.composite
def mixed_rows(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Rows that often share faces, contents, people and folds."""
    few = st.sampled_from("abc")
    rows = []
    for _ in range(draw(st.integers(0, 12))):
        name = draw(few)
        columns = {
            "subject": draw(few),
            "photographer": draw(few),
            "fold": draw(st.sampled_from(["fold_0", "fold_0", "fold_1", "unknown"])),
            "age_text": draw(st.sampled_from(["(0, 2)", "(0, 2)", "35", "2"])),
            "gender_text": draw(st.sampled_from("mmu")),
            # One name is one file, so it has one content.
            "content_hash": {"a": "x", "b": "x", "c": None}[name],
            "fault": draw(st.sampled_from([None, None, None, "malformed_line", "image_missing"])),
        }
        rows.append(face(name, **columns))
    return rows


Row = dict[str, Any]


def same_face(first: Row, second: Row) -> bool:
    if "malformed_line" in (first["fault"], second["fault"]):
        return False
    shared = bool(first["content_hash"] and first["content_hash"] == second["content_hash"])
    return shared or bool(first["key"] == second["key"])


def labels_of(row: Row) -> tuple[str, str]:
    return row["age_text"], row["gender_text"]


def in_two_folds(row: Row, rows: list[Row], role: str) -> bool:
    own = [r for r in rows if r["fault"] != "malformed_line" and r[role] == row[role]]
    return len({r["fold"] for r in own} - {"unknown"}) > 1


def reason_by_loops(rows: list[Row], number: int) -> str | None:
    """The reason of one row, or None."""
    row = rows[number]
    group = [other for other, r in enumerate(rows) if same_face(row, r)]
    roles = ("subject", "photographer")
    checks = {
        "malformed_line": row["fault"] == "malformed_line",
        "repeat_of": any(o < number and labels_of(rows[o]) == labels_of(row) for o in group),
        "conflicting_labels": any(labels_of(rows[o]) != labels_of(row) for o in group),
        "fold_conflict": any(in_two_folds(row, rows, role) for role in roles),
        "image_missing": row["fault"] == "image_missing",
        "age_between_classes": row["age_text"] == "35",
        "age_unknown_text": row["age_text"] == "2",
    }
    return next((reason for reason, applies in checks.items() if applies), None)


@settings(deadline=None, max_examples=100)
@given(rows=mixed_rows(), block=st.sampled_from([1, 3, 1 << 16]))
def test_the_columns_agree_with_plain_loops(rows: list[dict[str, Any]], block: int) -> None:
    with patch.object(validation, "BLOCK_ROWS", block):
        result = reasons(*rows)

    assert result == [reason_by_loops(rows, number) for number in range(len(rows))]


def test_the_real_groups_of_equal_content_repeat_or_conflict(shared_data: Path) -> None:
    root = shared_data / "utkface_sample"
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(root.iterdir()):
        groups[md5(path.read_bytes(), usedforsecurity=False).hexdigest()].append(path.name)
    shared = [names for names in groups.values() if len(names) > 1]
    expected: dict[str, str] = {}
    for names in shared:
        labels = [tuple(name.split("_")[:3]) for name in names]
        for number, name in enumerate(names):
            if labels[number] in labels[:number]:
                expected[name] = "repeat_of"
            elif len(set(labels)) > 1:
                expected[name] = "conflicting_labels"

    table = build_manifest([DataConfig("utkface", None, str(root))], ["utkface"])
    validation = validate(table, LabelsConfig("gender"))

    rejected = {row["path"]: row["reason"] for row in validation.rejects.to_pylist()}
    assert len(shared) == 11
    assert Counter(expected.values()) == {"repeat_of": 3, "conflicting_labels": 16}
    assert {name: reason for name, reason in rejected.items() if name in expected} == expected
    assert Counter(rejected.values()) - Counter(expected.values()) == {"malformed_name": 2}


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=st.lists(
        st.one_of(
            st.binary(max_size=40),
            st.builds(
                face_line,
                user=st.sampled_from(["u1", "u2", "..", "", "é"]),
                age=st.sampled_from(["(0, 2)", "35", "None", "(25, 23)", "\x0b"]),
                gender=st.sampled_from(["m", "f", "u", ""]),
            ),
        ),
        min_size=1,
        max_size=10,
    )
)
def test_every_line_below_the_header_is_accepted_or_rejected(
    tmp_path: Path, lines: list[bytes]
) -> None:
    path = write_labels(tmp_path / "folds", face_line(user="always"), *lines)
    below = path.read_bytes().removeprefix(HEADER + b"\n").split(b"\n")
    expected = sum(1 for line in below if line not in (b"", b"\r"))

    data = DataConfig("adience", str(tmp_path / "folds"))
    manifest = build_manifest([data], ["adience"], labels_only=True)
    validation = validate(manifest, LabelsConfig("age_gender"))

    lines_out = validation.accepted["line"].to_pylist() + validation.rejects["line"].to_pylist()
    assert len(lines_out) == len(set(lines_out)) == validation.report.rows == expected
    assert validation.report.accepted + sum(validation.report.rejected.values()) == expected
