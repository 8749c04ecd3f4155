"""Adience label files to rows."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from components.ingest.label_files import LabelFile
from components.ingest.line_blocks import plan_blocks
from components.ingest.sources.adience import parse_block
from components.ingest.sources.adience_files import fold_of, header_line, line_fault
from schemas.tables import MANIFEST
from tests.components.ingest.small_data import HEADER, face_line, face_path, write_labels


def parse(path: Path, block_bytes: int = 1 << 20) -> list[dict[str, Any]]:
    file = LabelFile(str(path), path.name, fold_of(path.name))
    blocks = plan_blocks(file, "adience", header_line(str(path)), block_bytes)
    rows: list[dict[str, Any]] = pa.concat_tables(
        [pa.table([[]] * len(MANIFEST), schema=MANIFEST), *map(parse_block, blocks)]
    ).to_pylist()
    return rows


def test_a_line_becomes_a_row_with_every_column(tmp_path: Path) -> None:
    (row,) = parse(write_labels(tmp_path, face_line()))

    assert row == {
        "key": "adience/u1/landmark_aligned_face.1.a.jpg",
        "path": "u1/landmark_aligned_face.1.a.jpg",
        "subject": "1",
        "photographer": "u1",
        "fold": "fold_0",
        "age": None,
        "gender": None,
        "race": None,
        "age_text": "(25, 32)",
        "gender_text": "m",
        "race_text": None,
        "detail": None,
        "fault": None,
        "yaw": 15.0,
        "tilt": -5.0,
        "landmark_score": 90.0,
        "content_hash": None,
        "near_hash": None,
        "source": "fold_0_data.txt",
        "line": 2,
    }


@pytest.mark.parametrize("block_bytes", [1 << 20, 1000], ids=["one block", "many blocks"])
def test_the_real_files_read_as_the_csv_module_reads_them(
    shared_data: Path, block_bytes: int
) -> None:
    total = 0
    for path in sorted((shared_data / "adience").glob("fold_*_data.txt")):
        with path.open(encoding="utf-8", newline="") as file:
            expected = [
                (
                    face_path(cells["user_id"], cells["original_image"], cells["face_id"]),
                    cells["age"],
                    cells["gender"],
                    float(cells["tilt_ang"]),
                    float(cells["fiducial_yaw_angle"]),
                    float(cells["fiducial_score"]),
                    number,
                )
                for number, cells in enumerate(
                    csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE), start=2
                )
            ]

        rows = parse(path, block_bytes)

        columns = ("path", "age_text", "gender_text", "tilt", "yaw", "landmark_score", "line")
        assert [tuple(row[name] for name in columns) for row in rows] == expected
        assert all(row["fault"] is None for row in rows)
        total += len(rows)
    assert total == 19_487


def test_a_real_file_as_a_spreadsheet_quotes_it_gives_the_same_rows(
    shared_data: Path, tmp_path: Path
) -> None:
    plain = shared_data / "adience" / "fold_0_data.txt"
    quoted = tmp_path / plain.name
    with plain.open(encoding="utf-8", newline="") as file, quoted.open("w", newline="") as copy:
        lines = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        csv.writer(copy, delimiter="\t", quoting=csv.QUOTE_ALL).writerows(lines)

    assert quoted.read_text().startswith('"user_id"\t"original_image"')
    assert parse(quoted) == parse(plain)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('"(25, 32)"', "(25, 32)"),  # The cell alone that holds a comma, as some programs do.
        ('"say ""x"""', 'say "x"'),
        ('5" wide', '5" wide'),
    ],
)
def test_a_quoted_cell_is_read_as_its_text(tmp_path: Path, cell: str, text: str) -> None:
    path = write_labels(tmp_path, face_line(), face_line(age=cell), face_line(user="u3"))

    rows = parse(path)

    assert [row["age_text"] for row in rows] == ["(25, 32)", text, "(25, 32)"]
    assert [row["fault"] for row in rows] == [None] * 3


@pytest.mark.parametrize(
    ("line", "came"),
    [
        (face_line(age='"(25, 32)'), "unreadable cells"),
        (face_line(user='"u\t1"'), "a tab inside a quoted cell"),
        (face_line(age='"x"y'), "unreadable cells"),
    ],
)
def test_broken_quotes_make_a_line_malformed(tmp_path: Path, line: bytes, came: str) -> None:
    bad, good = parse(write_labels(tmp_path, line, face_line(user="u2")))

    assert (bad["fault"], good["fault"]) == ("malformed_line", None)
    assert bad["detail"].startswith(came)


def test_empty_lines_are_no_rows_and_keep_the_line_numbers(tmp_path: Path) -> None:
    path = write_labels(tmp_path, b"", face_line(image="a"), b"\r", b" ", face_line(image="b"), b"")

    rows = parse(path)

    assert [(row["line"], row["fault"]) for row in rows] == [
        (3, None), (5, "malformed_line"), (6, None),
    ]  # fmt: skip


def test_crlf_and_bom_are_tolerated(tmp_path: Path) -> None:
    path = tmp_path / "fold_0_data.txt"
    path.write_bytes(b"\xef\xbb\xbf" + HEADER + b"\r\n" + face_line() + b"\r\n" + face_line())

    rows = parse(path)

    assert [(row["line"], row["fault"], row["landmark_score"]) for row in rows] == [
        (2, None, 90.0), (3, None, 90.0),
    ]  # fmt: skip


def test_without_a_header_no_row_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "fold_0_data.txt"
    path.write_bytes(b"\xef\xbb\xbf" + face_line(user="first") + b"\n" + face_line() + b"\n")

    rows = parse(path)

    assert [(row["line"], row["photographer"]) for row in rows] == [(1, "first"), (2, "u1")]


def test_a_file_without_rows_gives_none(tmp_path: Path) -> None:
    (tmp_path / "fold_0_data.txt").write_bytes(b"")

    assert parse(tmp_path / "fold_0_data.txt") == []
    assert parse(write_labels(tmp_path)) == []


def test_malformed_lines_are_kept_with_key_position_and_fault(tmp_path: Path) -> None:
    bad = [
        b"u1\ta.jpg\t1",
        face_line() + b"\tx",
        face_line(user=""),
        face_line(face=""),
        face_line(image=""),
        face_line(image="a\0b"),
        face_line().replace(b"a.jpg", b"\xc3("),
        face_line().replace(b"-5", b"-5 deg"),
        HEADER,
        b"\x00" * 40,
    ]
    path = write_labels(tmp_path, face_line(), *bad, face_line(user="u2"))

    rows = parse(path)

    assert [row["line"] for row in rows] == list(range(2, len(bad) + 4))
    for row, line in zip(rows[1:-1], bad, strict=True):
        assert row["key"] == f"adience/fold_0_data.txt:{row['line']}"
        assert row["fault"] == "malformed_line"
        assert row["detail"] == line_fault(line)
        assert row["fold"] == "fold_0"
        for name in ("path", "subject", "photographer", "age_text", "gender_text", "tilt"):
            assert row[name] is None
    assert [rows[0]["fault"], rows[-1]["fault"]] == [None, None]


def test_a_missing_number_is_null(tmp_path: Path) -> None:
    (row,) = parse(write_labels(tmp_path, b"u1\ta.jpg\t1\t(0, 2)\tf\t\t\t\t\t\t\t7"))

    assert (row["fault"], row["tilt"], row["yaw"], row["landmark_score"]) == (None, None, None, 7.0)


@pytest.mark.parametrize(
    "line",
    [
        face_line(user=".."),
        face_line(user="../u1"),
        face_line(user="/etc"),
        face_line(image="../../../etc/passwd"),
        face_line(image="/etc/passwd"),
        face_line(image="x/../../../../y.jpg"),
        face_line(face="1/../../../x"),
    ],
)
def test_a_path_that_leaves_the_root_is_recognized_as_text(tmp_path: Path, line: bytes) -> None:
    (row,) = parse(write_labels(tmp_path, line))

    assert row["fault"] == "path_outside_root"
    assert "leaves the image root, expected one below it" in row["detail"]
    assert row["age_text"] == "(25, 32)"


@pytest.mark.parametrize(
    "image", ["a..jpg", "..a.jpg", "deep/a.jpg", "a b.jpg", "ä.jpg", "a\\.jpg"]
)
def test_a_path_below_the_root_is_not(tmp_path: Path, image: str) -> None:
    (row,) = parse(write_labels(tmp_path, face_line(image=image)))

    assert row["fault"] is None
    assert row["path"] == face_path(image=image)


PIECES = [
    b"\t",
    b"\r",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    "é".encode(),
    b"..",
    b"/",
    b"1",
    b"u",
    b'"',
]
MANGLED = st.lists(
    st.one_of(
        st.binary(max_size=30),
        st.lists(st.sampled_from(PIECES), max_size=16).map(b"".join),
        st.builds(face_line, user=st.text(max_size=3), age=st.text(max_size=3)),
        st.lists(st.sampled_from([b"", b"1", b"x", b"-2.5"]), min_size=12, max_size=12).map(
            b"\t".join
        ),
    ),
    max_size=12,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=MANGLED, block_bytes=st.integers(1, 400))
@example(lines=[b"\xe2", b"\r\r", b"\xc3\t"], block_bytes=1)
@example(lines=[HEADER, face_line(), HEADER, b"\xef\xbb\xbf" + face_line()], block_bytes=300)
@example(lines=[face_line(), b"x" * (1 << 20), face_line(age="y" * (1 << 20))], block_bytes=400)
@example(lines=[face_line(age="\u2028", gender="\x85"), face_line(user="/")], block_bytes=10)
def test_no_mangled_line_is_lost_whatever_the_blocks(
    tmp_path: Path, lines: Sequence[bytes], block_bytes: int
) -> None:
    path = write_labels(tmp_path, *lines)
    texts = b"\n".join(lines).split(b"\n")  # A mangled line may hold line ends itself.
    texts = [line[:-1] if line.endswith(b"\r") else line for line in texts]
    expected = [
        (number, line_fault(line) is None) for number, line in enumerate(texts, start=2) if line
    ]

    rows = parse(path, block_bytes)

    assert [(row["line"], row["fault"] != "malformed_line") for row in rows] == expected
    assert rows == parse(path)
