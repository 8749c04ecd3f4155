"""Label files, fold names and the checks before a run."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from components.ingest.sources.adience_files import fold_of, header_line, label_files
from components.ingest.sources.registry import check_images, check_labels, fold_names, source_notes
from schemas.config.blocks import DataConfig
from schemas.errors import ConfigError
from tests.components.ingest.small_data import HEADER, face_line, write_labels


def adience(labels: Path | None) -> DataConfig:
    return DataConfig("adience", None if labels is None else str(labels))


@pytest.fixture
def folds(tmp_path: Path) -> Path:
    for number in (1, 0):
        write_labels(tmp_path / "folds", face_line(), name=f"fold_{number}_data.txt")
    (tmp_path / "folds" / "README.txt").write_text("not a label file")
    return tmp_path / "folds"


def test_a_folder_and_a_pattern_find_the_same_files_sorted(folds: Path) -> None:
    by_folder = label_files(adience(folds))
    by_pattern = label_files(adience(folds / "fold_*_data.txt"))

    assert by_folder == by_pattern
    assert [(file.source, file.fold) for file in by_folder] == [
        ("fold_0_data.txt", "fold_0"),
        ("fold_1_data.txt", "fold_1"),
    ]


def test_one_file_is_relative_to_its_folder(folds: Path) -> None:
    (file,) = label_files(adience(folds / "fold_1_data.txt"))

    assert (file.source, file.fold) == ("fold_1_data.txt", "fold_1")


def test_sources_are_relative_to_the_part_without_wildcards(folds: Path) -> None:
    actual = label_files(adience(folds.parent / "*" / "fold_*_data.txt"))

    assert [file.source for file in actual] == ["folds/fold_0_data.txt", "folds/fold_1_data.txt"]


def test_a_folder_with_brackets_in_its_name_is_found(tmp_path: Path) -> None:
    write_labels(tmp_path / "set [1]" / "folds", face_line())

    (file,) = label_files(adience(tmp_path / "set [1]" / "folds" / "fold_*_data.txt"))

    assert file.source == "fold_0_data.txt"


@pytest.mark.parametrize(
    ("name", "fold"),
    [
        ("fold_0_data.txt", "fold_0"),
        ("fold_frontal_3_data.txt", "fold_3"),
        ("deep/fold_4_data.txt", "fold_4"),
        ("extra.txt", "extra"),
    ],
)
def test_the_fold_is_part_of_the_file_name(name: str, fold: str) -> None:
    assert fold_of(name) == fold


def test_fold_names_of_all_sources_are_sorted_and_unique(folds: Path) -> None:
    data = (adience(folds), DataConfig("utkface", None, str(folds)))

    assert fold_names(data) == ("fold_0", "fold_1", "fold_2", "fold_3", "fold_4")


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (None, "expected label files; set it to"),
        ("nowhere", "no file matches .*nowhere.* correct the path"),
        ("nowhere/fold_*_data.txt", "no file matches .* correct the path"),
        ("empty", "no file matches"),
    ],
)
def test_missing_label_files_are_a_config_error(
    tmp_path: Path, labels: str | None, message: str
) -> None:
    (tmp_path / "empty").mkdir()

    with pytest.raises(ConfigError, match=message):
        check_labels([adience(None if labels is None else tmp_path / labels)])


@pytest.mark.parametrize("kind", ["folder", "fifo", "broken link"])
def test_a_label_file_must_be_regular_and_others_are_not_opened(folds: Path, kind: str) -> None:
    odd = folds / "fold_2_data.txt"
    if kind == "folder":
        odd.mkdir()
    elif kind == "fifo":
        os.mkfifo(odd)
    else:
        odd.symlink_to(folds / "nowhere")

    with pytest.raises(ConfigError, match=r"fold_2_data\.txt' is no regular file"):
        check_labels([adience(folds)])


def test_a_linked_label_file_is_read(folds: Path) -> None:
    (folds / "fold_2_data.txt").symlink_to(folds / "fold_1_data.txt")  # As config maps mount them.

    check_labels([adience(folds)])

    assert fold_names([adience(folds)]) == ("fold_0", "fold_1", "fold_2")


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (HEADER + b"\n" + face_line(), 1),
        (b"\xef\xbb\xbf" + HEADER + b"\r\n", 1),
        (b"\n\r\n" + HEADER + b"\n", 3),
        (face_line() + b"\n", 0),
        (b"", 0),
        (b"\n\n", 0),
    ],
    ids=["plain", "bom and crlf", "below empty lines", "no header", "empty", "empty lines"],
)
def test_header_line_finds_the_header(tmp_path: Path, content: bytes, line: int) -> None:
    (tmp_path / "labels.txt").write_bytes(content)

    assert header_line(str(tmp_path / "labels.txt")) == line


@pytest.mark.parametrize(
    "first",
    [
        HEADER.replace(b"\t", b","),
        HEADER.replace(b"age", b"years"),
        HEADER[:-5],
        b"\x89PNG\r\n\x1a\n",
        b"# comment",
        b"x" * 200_000,
    ],
    ids=["commas", "other name", "cut", "binary", "comment", "endless"],
)
def test_a_wrong_header_is_an_error_with_position_and_columns(tmp_path: Path, first: bytes) -> None:
    path = tmp_path / "fold_0_data.txt"
    path.write_bytes(first + b"\n" + face_line() + b"\n")

    with pytest.raises(ConfigError, match=r"fold_0_data.txt:1: wrong header .*fiducial_score; put"):
        check_labels([adience(path)])


@pytest.mark.parametrize("images", [None, "nowhere", "folds/fold_0_data.txt"])
@pytest.mark.parametrize("dataset", ["adience", "utkface"])
def test_a_missing_image_folder_is_a_config_error(
    folds: Path, dataset: str, images: str | None
) -> None:
    root = None if images is None else str(folds.parent / images)
    data = DataConfig(dataset, None, root)

    with pytest.raises(ConfigError, match="expected an existing folder of images"):
        check_images([data])


def test_utkface_takes_no_label_files(folds: Path) -> None:
    with pytest.raises(ConfigError, match="labels are in the file names; remove the key"):
        check_labels([DataConfig("utkface", str(folds), str(folds))])


def test_the_names_of_utkface_need_the_image_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="expected an existing folder of images"):
        check_labels([DataConfig("utkface", None, str(tmp_path / "nowhere"))])


def test_notes_list_the_missing_columns_of_utkface(tmp_path: Path) -> None:
    data = [DataConfig("utkface", None, str(tmp_path)), DataConfig("adience")]

    with_images = " ".join(source_notes(data, labels_only=False))
    without = " ".join(source_notes(data, labels_only=True))

    assert "utkface names no folds: fold_0 to fold_4 by a stable hash of the content" in with_images
    assert "utkface names no subjects: each image is its own subject" in with_images
    assert "labels only" not in with_images
    assert "labels only: no image was looked for" in without
    assert "utkface names no folds: unknown" in without


def test_the_checks_import_nothing_heavy() -> None:
    heavy = "{'pyarrow', 'dask', 'numpy', 'tensorflow', 'tfx', 'apache_beam', 'cv2'}"
    code = f"import sys, components.ingest.sources.registry; print({heavy} & set(sys.modules))"

    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert result.stdout.strip() == "set()"


@pytest.mark.parametrize(
    "name", ["unknown.txt", "Unknown.txt", "fold 4.txt", "é.txt", f"{'x' * 41}.txt", "_a.txt"]
)
def test_a_file_that_names_no_usable_fold_is_refused(name: str, tmp_path: Path) -> None:
    write_labels(tmp_path, face_line(), name=name)

    with pytest.raises(ConfigError, match=r"would name the fold .* rename the file"):
        check_labels([DataConfig("adience", str(tmp_path / "*.txt"))])


def test_the_splits_of_lists_are_checked_where_they_are_the_folds(tmp_path: Path) -> None:
    (tmp_path / "age__train.txt").write_text("u1/a.jpg 3\n")
    lists = DataConfig("levi_hassner", str(tmp_path))

    check_labels([lists])
    with pytest.raises(ConfigError, match=r"'age__train.txt' would name the fold '_train'"):
        check_labels([replace(lists, splits="keep")])


def test_folds_of_label_files_that_differ_in_case_alone_are_refused(tmp_path: Path) -> None:
    for folder, name in (("one", "a.txt"), ("two", "A.txt")):
        write_labels(tmp_path / folder, face_line(), name=name)
    both = [adience(tmp_path / "one" / "a.txt"), adience(tmp_path / "two" / "A.txt")]

    with pytest.raises(ConfigError, match=r"'A.txt' would name the fold 'A', expected 'a' as in a"):
        check_labels(both)
