"""Labels in file names."""

import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
import xxhash
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas.config.blocks import DataConfig, LabelsConfig
from tests.components.ingest.small_data import build_manifest, jpeg, write_image
from tests.components.label_validator.small_manifest import validate


def rows_of(root: Path, *, labels_only: bool = False) -> dict[str, dict[str, Any]]:
    data = DataConfig("utkface", None, str(root))
    table = build_manifest([data], ["utkface"], labels_only=labels_only)
    return {row["source"]: row for row in table.to_pylist()}


def test_a_system_s_file_is_no_row(tmp_path: Path) -> None:
    for name in ("26_0_3_1.jpg", "._26_0_3_1.jpg", "__MACOSX/._26_0_3_1.jpg", "__MACOSX/1.jpg"):
        write_image(tmp_path, name, b"x")

    assert list(rows_of(tmp_path)) == ["26_0_3_1.jpg"]


@pytest.mark.parametrize(
    ("name", "age", "gender", "race"),
    [
        ("26_0_3_20170104013211746.jpg.chip.jpg", "26", "m", "indian"),
        ("1_1_0_20170104013211746.jpg", "1", "f", "white"),
        ("116_1_4_1.JPG", "116", "f", "other"),
        ("deep/er/5_0_1_20161219.jpeg", "5", "m", "black"),
        ("05_0_2_20161219.png", "05", "m", "asian"),
    ],
)
def test_age_gender_and_race_are_read_from_the_name(
    tmp_path: Path, name: str, age: str, gender: str, race: str
) -> None:
    write_image(tmp_path, name, b"x")

    row = rows_of(tmp_path, labels_only=True)[name]

    assert (row["key"], row["path"], row["line"]) == (f"utkface/{name}", name, 1)
    assert (row["age_text"], row["gender_text"], row["race_text"]) == (age, gender, race)
    assert (row["subject"], row["photographer"]) == (name, name)
    assert (row["fold"], row["content_hash"], row["fault"]) == ("unknown", None, None)


@pytest.mark.parametrize(
    "name",
    [
        "61_1_20170109142408075.jpg.chip.jpg",
        "61_3_20170109150557335.jpg.chip.jpg",
        "26_2_0_20170104.jpg",
        "26_0_5_20170104.jpg",
        "26_0_0_.jpg",
        "1000_0_0_20170104.jpg",
        "٢٦_0_0_20170104.jpg",
        "26_0_0_20170104.jpg.chip.chip.jpg",
        "holiday.PNG",
        "two\nlines.jpg",
        ".jpg",
    ],
)
def test_another_image_name_is_a_malformed_row(tmp_path: Path, name: str) -> None:
    write_image(tmp_path, name, b"x")

    row = rows_of(tmp_path)[name]

    assert (row["key"], row["fault"]) == (f"utkface/{name}:1", "malformed_name")
    assert repr(name) in row["detail"]
    assert "is not age_gender_race_date.jpg" in row["detail"]
    assert row["age_text"] is row["subject"] is row["content_hash"] is None


def test_a_name_with_invalid_utf8_is_a_malformed_row(tmp_path: Path) -> None:
    folder = os.path.join(os.fsencode(tmp_path), b"\xff")
    os.mkdir(folder)
    with open(os.path.join(folder, b"26_0_0_20170104.jpg"), "wb"):
        pass

    (row,) = rows_of(tmp_path).values()

    assert (row["fault"], row["path"]) == ("malformed_name", "\\xff/26_0_0_20170104.jpg")


def test_other_files_and_folders_are_no_rows(tmp_path: Path) -> None:
    for name in ("README.md", "26_0_0_1.jpg.txt", "26_0_0_1", "folder.jpg/notes.txt"):
        write_image(tmp_path, name, b"x")

    assert rows_of(tmp_path) == {}


def test_links_are_listed_as_rows_and_not_read(tmp_path: Path) -> None:
    secret = write_image(tmp_path, "outside.jpg", jpeg(0))
    root = tmp_path / "faces"
    root.mkdir()
    (root / "26_0_0_1.jpg").symlink_to(secret)

    row = rows_of(root)["26_0_0_1.jpg"]

    assert (row["fault"], row["content_hash"]) == ("image_unreadable", None)
    assert "links are not followed" in row["detail"]


def test_the_fold_is_the_content_hash_modulo_five(tmp_path: Path) -> None:
    for seed in range(12):
        write_image(tmp_path, f"{20 + seed}_0_0_1.jpg", jpeg(seed))

    rows = rows_of(tmp_path)

    for seed in range(12):
        row = rows[f"{20 + seed}_0_0_1.jpg"]
        assert row["fold"] == f"fold_{xxhash.xxh3_128(jpeg(seed)).intdigest() % 5}"
    assert len({row["fold"] for row in rows.values()}) > 1


def test_the_real_sample_has_two_malformed_names(shared_data: Path) -> None:
    rows = rows_of(shared_data / "utkface_sample", labels_only=True)

    malformed = [name for name, row in rows.items() if row["fault"]]
    assert len(rows) == 2927
    assert malformed == [
        "61_1_20170109142408075.jpg.chip.jpg",
        "61_3_20170109150557335.jpg.chip.jpg",
    ]


NAMES = st.lists(
    st.one_of(
        st.text(st.characters(blacklist_characters="/\0", blacklist_categories=["Cs"]), max_size=9),
        st.builds("{}_{}_{}_1".format, *[st.sampled_from(["0", "1", "4", "9", "x", ""])] * 3),
    )
    .filter(lambda stem: not stem.startswith("._"))  # A system's file.
    .map(lambda stem: f"{stem}.jpg".encode()),
    unique=True,
    max_size=8,
)


@settings(deadline=None, max_examples=50)
@given(names=NAMES)
@example(names=[b"1_0_0_1\xff.jpg", b"1_0_0_1\n.jpg", b"-.jpg", b"..jpg", b"1_0_0_1.jpg"])
def test_every_image_name_is_accepted_or_rejected(names: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as root:
        for name in names:
            with open(os.path.join(os.fsencode(root), name), "wb") as file:
                file.write(name)
        data = DataConfig("utkface", None, root)
        manifest = build_manifest([data], ["utkface"], labels_only=True)

    result = validate(manifest, LabelsConfig("gender"))

    sides = result.accepted["source"].to_pylist() + result.rejects["source"].to_pylist()
    expected = [name.decode(errors="backslashreplace") for name in names]
    assert sorted(sides) == sorted(expected)
    assert result.report.accepted + sum(result.report.rejected.values()) == len(names)
