"""CSV label files to rows."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from components.ingest import line_blocks
from components.ingest.label_files import hash_fold
from components.ingest.sources.registry import check_labels, fold_names, source_notes
from schemas.config.blocks import ColumnsConfig, DataConfig, LabelsConfig
from schemas.errors import ConfigError
from tests.components.ingest.small_data import build_manifest, face_line, write_labels
from tests.components.label_validator.small_manifest import validate

COLUMNS = ColumnsConfig("file", "age", "sex", "race", "who", "by", "part")
HEADER = b"file,age,sex,race,who,by,part,more"


def source(folder: Path, columns: ColumnsConfig = COLUMNS, delimiter: str = ",") -> DataConfig:
    return DataConfig("csv", str(folder), columns=columns, delimiter=delimiter)


def rows_of(data: DataConfig) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = build_manifest([data], ["mine"], labels_only=True).to_pylist()
    return rows


def write(folder: Path, *lines: bytes, header: bytes = HEADER) -> DataConfig:
    (folder / "labels.csv").write_bytes(b"".join(line + b"\n" for line in (header, *lines)))
    return source(folder)


def test_a_line_becomes_a_row_with_the_named_columns(tmp_path: Path) -> None:
    data = write(tmp_path, b'"a, b.jpg","(25, 32)",m,asian,anna,bert,test,x')

    (row,) = rows_of(data)

    assert {name: value for name, value in row.items() if value is not None} == {
        "key": "mine/a, b.jpg", "path": "a, b.jpg", "subject": "anna", "photographer": "bert",
        "fold": "test", "age_text": "(25, 32)", "gender_text": "m", "race_text": "asian",
        "source": "labels.csv", "line": 2,
    }  # fmt: skip
    assert fold_names([data]) == ("test",)


def test_missing_columns_are_derived_from_others(tmp_path: Path) -> None:
    write(tmp_path, b"a.jpg,35,f,,,,,", b"b.jpg,36,m,,,,,")
    data = source(tmp_path, ColumnsConfig("file", age="age"))

    rows = rows_of(data)

    for row in rows:
        assert row["subject"] == row["photographer"] == row["path"]
        assert row["fold"] == hash_fold(row["path"])
        assert row["gender_text"] is None
    assert fold_names([data]) == tuple(f"fold_{number}" for number in range(5))
    assert source_notes([data], labels_only=True)[1:] == (
        "csv names no folds: fold_0 to fold_4 by a stable hash of the path",
        "csv names no subjects: each image is its own subject",
    )


def test_another_delimiter_and_a_bom_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbffile;age\r\na.jpg;3\r\n\r\nb.jpg;4")
    data = source(tmp_path, ColumnsConfig("file", age="age"), ";")

    assert [(row["path"], row["age_text"], row["line"]) for row in rows_of(data)] == [
        ("a.jpg", "3", 2), ("b.jpg", "4", 4),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"a.jpg,3", "2 columns in the line 'a.jpg,3', expected 8 columns, as the header has"),
        (HEADER, "the header again"),
        (b",3,m,,s,p,test,", "an empty path"),
        (b"a,3,m,,,p,test,", "an empty subject"),
        (b'"a,3,m,,s,p,test,', "unreadable cells (unexpected end of data)"),
        (b"a\xff,3,m,,s,p,test,", "byte 0xff at 1"),
        (b"a\x00,3,m,,s,p,test,", "a NUL byte"),
        (b"x" * (1 << 20), "expected cells with whole quotes"),
    ],
    ids=["columns", "header", "path", "subject", "quote", "encoding", "nul", "endless"],
)
def test_a_malformed_line_is_kept_as_a_row(tmp_path: Path, line: bytes, message: str) -> None:
    good, bad = rows_of(write(tmp_path, b"a,3,m,,s,p,test,", line))

    assert (good["line"], good["fault"]) == (2, None)
    assert (bad["key"], bad["line"], bad["fault"]) == ("mine/labels.csv:3", 3, "malformed_line")
    assert message in bad["detail"]


BAD_FOLDS = [
    b"..",
    b"/../../x",
    b"train 2",
    b"a/b",
    b"_a",
    b"\xc3\xa9",
    b"x" * 41,
    b"*",
    b"Unknown",
]


@pytest.mark.parametrize("fold", BAD_FOLDS)
def test_a_cell_that_cannot_name_a_fold_rejects_its_row(tmp_path: Path, fold: bytes) -> None:
    data = write(tmp_path, b"a,3,m,,s,p,test,", b"../b,3,m,,s,p," + fold + b",", b"c,3,m,,s,p,,")

    good, bad, empty = rows_of(data)

    assert (bad["line"], bad["fault"], bad["fold"]) == (3, "malformed_line", "unknown")
    assert f"the fold {fold.decode()!r}, expected " in bad["detail"]
    assert [(row["fault"], row["fold"]) for row in (good, empty)] == [
        (None, "test"), (None, "unknown"),
    ]  # fmt: skip
    assert fold_names([data]) == ("test",)


def test_the_first_spelling_of_a_fold_holds_in_every_block_and_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_blocks, "BLOCK_BYTES", 20)
    cells = (b"train", b"Train", b"test", b"TRAIN", b"train")
    data = write(tmp_path, *(b"%d,3,m,,s,p,%s," % (n, cell) for n, cell in enumerate(cells)))
    (tmp_path / "other").mkdir()
    other = write(tmp_path / "other", b"a,3,m,,s,p,Test,", b"b,3,m,,s,p,val,")

    table = build_manifest([data, other], ["mine", "other"], labels_only=True)

    rows = table.to_pylist()
    assert [row["fold"] for row in rows if row["fault"] is None] == [
        "train",
        "test",
        "train",
        "val",
    ]
    assert "'Train', expected 'train' as in labels.csv:2: they differ in case" in rows[1]["detail"]
    assert "'Test', expected 'test' as in labels.csv:4" in rows[5]["detail"]
    assert fold_names([data, other]) == ("test", "train", "val")


def test_a_fold_of_a_label_file_holds_before_those_of_cells(tmp_path: Path) -> None:
    data = write(tmp_path, b"a,3,m,,s,p,Fold_0,", b"b,3,m,,s,p,fold_1,")
    write_labels(tmp_path / "folds", face_line())
    sources = [data, DataConfig("adience", str(tmp_path / "folds"))]

    rows = build_manifest(sources, ["mine", "adience"], labels_only=True).to_pylist()

    assert [row["fault"] for row in rows] == ["malformed_line", None, None]
    assert fold_names(sources) == ("fold_0", "fold_1")


def test_a_path_outside_the_root_is_a_fault(tmp_path: Path) -> None:
    data = write(tmp_path, b"../a,3,m,,s,p,t,", b"/a,3,m,,s,p,t,", b"a..b,3,m,,s,p,t,")

    assert [row["fault"] for row in rows_of(data)] == ["path_outside_root"] * 2 + [None]


@pytest.mark.parametrize("link", [False, True], ids=["root", "linked root"])
def test_an_absolute_path_in_the_image_root_is_taken_as_a_relative_one(
    tmp_path: Path, link: bool
) -> None:
    (tmp_path / "faces").mkdir()
    (tmp_path / "link").symlink_to("faces")
    root = str(tmp_path / ("link" if link else "faces"))
    paths = [f"{root}/a/b.jpg", f"{tmp_path}/faces//a/./c.jpg", f"{root}", f"{root}2/d.jpg"]
    write(tmp_path, *(f"{path},35".encode() for path in paths), b"a/e.jpg,35", header=b"file,age")
    data = DataConfig(
        "csv", str(tmp_path / "labels.csv"), root, columns=ColumnsConfig("file", age="age")
    )

    inside, tidied, itself, beside, relative = rows_of(data)

    assert (inside["path"], inside["key"], inside["subject"]) == (
        "a/b.jpg", "mine/a/b.jpg", "a/b.jpg",
    )  # fmt: skip
    assert inside["fold"] == hash_fold("a/b.jpg")
    assert (tidied["path"], relative["path"]) == ("a/c.jpg", "a/e.jpg")
    faults = [row["fault"] for row in (inside, tidied, itself, beside, relative)]
    assert faults == [None, None, "path_outside_root", "path_outside_root", None]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (b"path,age", r"labels\.csv:1: wrong header: data\.columns\.path is 'file', .* 0 times"),
        (HEADER + b",age", r"data\.columns\.age is 'age', which occurs 2 times"),
        (b"file,\xff", r"wrong header: byte 0xff"),
        (b"", r"which occurs 0 times in ''"),
    ],
)
def test_a_header_without_the_named_columns_is_refused(
    tmp_path: Path, header: bytes, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        check_labels([write(tmp_path, header=header)])


def test_blocks_of_any_size_give_the_rows_that_the_csv_module_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [b'"%d ""x"".jpg",%d,m,,s%d,p%d,fold_%d,' % (n, n, n, n, n % 3) for n in range(200)]
    data = write(tmp_path, *lines)
    monkeypatch.setattr(line_blocks, "BLOCK_BYTES", 300)

    rows = rows_of(data)

    text = io.StringIO((tmp_path / "labels.csv").read_text())
    assert [(row["path"], row["age_text"], row["fold"]) for row in rows] == [
        (cells["file"], cells["age"], cells["part"]) for cells in csv.DictReader(text)
    ]


PIECES = [b",", b'"', b"\r", b"\0", b"\xff", b"\xef\xbb\xbf", b"..", b"/", b"1", b"a", HEADER]
LINES = st.lists(
    st.one_of(
        st.binary(max_size=30),
        st.lists(st.sampled_from(PIECES), max_size=16).map(b"".join),
        st.lists(st.sampled_from([b"", b"a", b"../b", b'"', b"m"]), min_size=8, max_size=8).map(
            b",".join
        ),
    ),
    max_size=12,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=LINES)
@example(lines=[HEADER, b"x" * (1 << 20), b'"' + b"x," * (1 << 19), b"a\x00,,,,b,c,,"])
def test_every_line_below_the_header_is_accepted_or_rejected(
    tmp_path: Path, lines: list[bytes]
) -> None:
    data = write(tmp_path, *lines)
    below = b"\n".join(lines).split(b"\n")
    expected = [number for number, line in enumerate(below, start=2) if line not in (b"", b"\r")]

    manifest = build_manifest([data], ["mine"], labels_only=True)
    result = validate(manifest, LabelsConfig("age_gender"))

    assert manifest["line"].to_pylist() == expected
    sides = result.accepted["line"].to_pylist() + result.rejects["line"].to_pylist()
    assert sorted(sides) == expected
