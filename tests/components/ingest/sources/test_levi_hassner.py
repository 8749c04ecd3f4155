"""Levi and Hassner's list files to rows."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from components.ingest.sources.registry import check_labels, fold_names
from schemas.config.blocks import DataConfig, LabelsConfig
from schemas.errors import ConfigError
from tests.components.ingest.small_data import build_manifest
from tests.components.label_validator.small_manifest import validate

ADIENCE_YEARS = [(0, 2), (4, 6), (8, 12), (15, 20), (25, 32), (38, 43), (48, 53), (60, 100)]
FACE = "u1/landmark_aligned_face.7.a.jpg"


def rows_of(labels: Path, **options: Any) -> list[dict[str, Any]]:
    data = DataConfig("levi_hassner", str(labels), **options)
    rows: list[dict[str, Any]] = build_manifest([data], ["lists"], labels_only=True).to_pylist()
    return rows


def write(folder: Path, **lists: bytes) -> Path:
    for name, content in lists.items():
        (folder / f"{name}.txt").write_bytes(content)
    return folder


def test_an_absolute_path_in_the_image_root_is_taken_as_a_relative_one(tmp_path: Path) -> None:
    write(tmp_path, age_test=f"{tmp_path}/aligned/{FACE} 3\n{FACE} 3\n".encode())

    absolute, relative = rows_of(tmp_path, images=str(tmp_path / "aligned"))

    assert absolute | {"line": 2} == relative


def faces(path: Path) -> Counter[tuple[str, str]]:
    """(image, class number as written) of a list, by plain string methods."""
    lines = path.read_text().splitlines()
    return Counter((line.rsplit(" ", 1)[0], line.rsplit(" ", 1)[1]) for line in lines)


@pytest.mark.parametrize(
    ("label", "count", "texts"),
    [
        (
            "age",
            4316,
            [
                "(0, 2)",
                "(4, 6)",
                "(8, 12)",
                "(15, 20)",
                "(25, 32)",
                "(38, 43)",
                "(48, 53)",
                "(60, 100)",
            ],
        ),
        ("gender", 4007, ["m", "f"]),
    ],
)
def test_a_real_test_list_is_fold_0_of_adience_image_by_image(
    shared_data: Path, label: str, count: int, texts: list[str]
) -> None:
    lists = shared_data / "adience" / "levi_hassner_lists" / "test_fold_is_0"
    fold = DataConfig("adience", str(shared_data / "adience" / "fold_0_data.txt"))

    rows = rows_of(lists / f"{label}_test.txt")
    adience = build_manifest([fold], ["adience"], labels_only=True).to_pylist()

    column = f"{label}_text"
    result = Counter((row["path"], row[column], row["subject"]) for row in rows)
    expected = Counter(
        (row["path"], row[column], row["subject"]) for row in adience if row[column] in texts
    )
    assert len(rows) == count
    assert result == expected
    numbered = Counter((row["path"], str(texts.index(row[column]))) for row in rows)
    assert numbered == faces(lists / f"{label}_test.txt")


def test_age_and_gender_of_an_image_become_one_row(shared_data: Path) -> None:
    lists = shared_data / "adience" / "levi_hassner_lists" / "test_fold_is_0"
    ages, genders = (
        Counter(path for path, _ in faces(lists / f"{label}_test.txt").elements())
        for label in ("age", "gender")
    )

    rows = rows_of(lists / "*_test.txt")

    assert Counter(row["path"] for row in rows) == ages | genders  # The larger of both counts.
    both = [row for row in rows if row["age_text"] and row["gender_text"]]
    assert Counter(row["path"] for row in both) == Counter(
        {path: max(ages[path], genders[path]) for path in ages.keys() & genders.keys()}
    )


def test_the_kth_line_pairs_with_the_kth_and_the_rest_is_a_repeat(tmp_path: Path) -> None:
    line = FACE.encode()
    write(tmp_path, age_test=(line + b" 4\n") * 3, gender_test=(line + b" 1\n") * 2)
    data = DataConfig("levi_hassner", str(tmp_path))

    manifest = build_manifest([data], ["lists"], labels_only=True)
    result = validate(manifest, LabelsConfig("age_gender"))

    assert manifest["age_text"].to_pylist() == ["(25, 32)"] * 3
    assert manifest["gender_text"].to_pylist() == ["f"] * 3
    assert result.accepted["line"].to_pylist() == [1]
    assert result.rejects["reason"].to_pylist() == ["repeat_of"] * 2
    assert result.rejects["detail"].to_pylist() == ["repeat of age_test.txt:1"] * 2


def test_the_order_of_each_list_decides_the_pairs(tmp_path: Path) -> None:
    write(
        tmp_path,
        age_test=b"u/a 0\nu/b 1\nu/a 2\nu/c 3\n",
        gender_test=b"u/d 1\nu/a 0\nu/a 1\nu/b 0\nu/b 1\n",
    )

    rows = rows_of(tmp_path)

    result = [
        (row["source"], row["line"], row["path"], row["age_text"], row["gender_text"])
        for row in rows
    ]
    assert result == [
        ("age_test.txt", 1, "u/a", "(0, 2)", "m"),
        ("age_test.txt", 2, "u/b", "(4, 6)", "m"),
        ("age_test.txt", 3, "u/a", "(8, 12)", "f"),
        ("age_test.txt", 4, "u/c", "(15, 20)", None),
        ("gender_test.txt", 1, "u/d", None, "f"),
        ("gender_test.txt", 5, "u/b", "(4, 6)", "f"),  # Left over, and in conflict.
    ]


def test_a_row_has_every_column_of_a_list(tmp_path: Path) -> None:
    write(tmp_path, gender_val=b"\xef\xbb\xbf" + FACE.encode() + b" 0\r\n\r\n")

    (row,) = rows_of(tmp_path, splits="keep")

    message = {name: value for name, value in row.items() if value is not None}
    assert message == {
        "key": f"lists/{FACE}", "path": FACE, "subject": "7", "photographer": "u1", "fold": "val",
        "gender_text": "m", "source": "gender_val.txt", "line": 1,
    }  # fmt: skip


def test_folds_are_the_splits_on_request_and_else_a_hash_of_the_user(shared_data: Path) -> None:
    lists = shared_data / "adience" / "levi_hassner_lists" / "test_fold_is_0"
    keep = DataConfig("levi_hassner", str(lists), splits="keep")

    kept = rows_of(lists, splits="keep")
    hashed = rows_of(lists)

    assert fold_names([keep]) == ("test", "train", "val")
    assert {row["fold"] for row in kept} == {"test", "train", "val"}
    assert {row["fold"] for row in kept if row["source"] == "age_val.txt"} == {"val"}
    folds = {(row["photographer"], row["fold"]) for row in hashed}
    assert len(folds) == len({row["photographer"] for row in hashed})
    assert {fold for _, fold in folds} == {f"fold_{number}" for number in range(5)}


def test_subset_lists_of_a_folder_are_read_only_if_they_are_named(shared_data: Path) -> None:
    lists = shared_data / "adience" / "levi_hassner_lists" / "test_fold_is_0"

    assert not any("subset" in row["source"] for row in rows_of(lists))
    assert len(rows_of(lists / "age_train_subset.txt")) == 1295


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"u/a", "no in the line 'u/a', expected `<user_id>/<image> <class>`"),
        (b"u/a 8", "class 8 in the line 'u/a 8', expected a class of age from 0 to 7"),
        (b"u/a x", "expected `<user_id>/<image> <class>`"),
        (b"a 1", "expected `<user_id>/<image> <class>`"),
        (b"u/ 1", "expected `<user_id>/<image> <class>`"),
        (b"u/a 1 ", "expected `<user_id>/<image> <class>`"),
        (b"u/\xff 1", "byte 0xff at 2"),
        (b"u/a\x00 1", "a NUL byte"),
    ],
)
def test_a_malformed_line_is_kept_as_a_row(tmp_path: Path, line: bytes, message: str) -> None:
    write(tmp_path, age_test=b"u/b 1\n" + line + b"\n")

    good, bad = rows_of(tmp_path)

    assert (good["path"], good["fault"]) == ("u/b", None)
    assert (bad["key"], bad["fault"]) == ("lists/age_test.txt:2", "malformed_line")
    assert message in bad["detail"]


def test_a_path_outside_the_root_is_a_fault(tmp_path: Path) -> None:
    write(tmp_path, age_test=b"../a 1\n/etc/passwd 2\nu/../../b 3\nu/a..b 4\n")

    faults = [row["fault"] for row in rows_of(tmp_path)]

    assert faults == ["path_outside_root"] * 3 + [None]


def test_a_list_without_a_label_in_its_name_is_refused(tmp_path: Path) -> None:
    write(tmp_path, ages=b"u/a 1\n")

    with pytest.raises(ConfigError, match=r"ages\.txt' is named neither age_<split>\.txt nor"):
        check_labels([DataConfig("levi_hassner", str(tmp_path))])


PIECES = [b"u/a 1", b"u/b 0", b" ", b"/", b"..", b"\r", b"\0", b"\xff", b"\xef\xbb\xbf", b"1", b"u"]
LINES = st.lists(
    st.one_of(st.binary(max_size=20), st.lists(st.sampled_from(PIECES), max_size=5).map(b"".join)),
    max_size=10,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ages=LINES, genders=LINES)
@example(ages=[b"u/a 1", b"u/" + b"x" * (1 << 17) + b" 1"], genders=[b"x" * (1 << 17), b"u/a 1"])
@example(ages=[b"../a 1", b"/a 1", b"u/a 1", b"u/a 1"], genders=[b"../a 1", b"u/a\x00 1"])
def test_every_line_of_both_lists_is_in_a_row(
    tmp_path: Path, ages: list[bytes], genders: list[bytes]
) -> None:
    write(tmp_path, age_test=b"\n".join(ages), gender_test=b"\n".join(genders))
    data = DataConfig("levi_hassner", str(tmp_path))

    manifest = build_manifest([data], ["lists"], labels_only=True)
    result = validate(manifest, LabelsConfig("age_gender"))

    lines = {
        name: [
            line.removesuffix(b"\r")
            for line in (tmp_path / name).read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n")
        ]
        for name in ("age_test.txt", "gender_test.txt")
    }
    expected = {name: sum(map(bool, result)) for name, result in lines.items()}
    whole = [row for row in manifest.to_pylist() if row["fault"] != "malformed_line"]
    images = {row["path"] for row in whole}
    pairs = sum(
        min(_count(lines["age_test.txt"], path, 8), _count(lines["gender_test.txt"], path, 2))
        for path in images
    )
    assert manifest.num_rows == sum(expected.values()) - pairs
    assert result.accepted.num_rows + result.rejects.num_rows == manifest.num_rows


def _count(lines: list[bytes], path: str, classes: int) -> int:
    """The lines of one image with a class that there is."""
    cut = [line.rpartition(b" ") for line in lines]
    numbers = [number for name, _, number in cut if name == path.encode()]
    return sum(n.isdigit() and len(n) <= 3 and int(n) < classes for n in numbers)
