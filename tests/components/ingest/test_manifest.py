"""The manifest with images."""

import os
import unicodedata
from pathlib import Path

import pytest
import xxhash

from components.ingest import line_blocks, manifest
from components.ingest.images import contents
from components.ingest.table import table_of_rows
from schemas.config.blocks import DataConfig, ImagesConfig
from schemas.errors import ConfigError
from tests.components.ingest.small_data import (
    build_manifest,
    face_line,
    face_path,
    jpeg,
    rows_of,
    source,
    write_image,
    write_labels,
)


def test_a_face_with_its_picture_has_a_hash_and_no_fault(tmp_path: Path) -> None:
    write_labels(tmp_path / "folds", face_line())
    write_image(tmp_path / "faces", face_path(), jpeg(1))

    (row,) = rows_of(source(tmp_path))

    assert (row["fault"], row["detail"]) == (None, None)
    assert row["content_hash"] == xxhash.xxh3_128(jpeg(1)).hexdigest()


def test_labels_only_needs_no_images(tmp_path: Path) -> None:
    write_labels(tmp_path / "folds", face_line(), face_line(user=".."))

    rows = rows_of(DataConfig("adience", str(tmp_path / "folds")), labels_only=True)

    assert [row["fault"] for row in rows] == [None, "path_outside_root"]
    assert [row["content_hash"] for row in rows] == [None, None]


def test_missing_image_roots_are_a_config_error(tmp_path: Path) -> None:
    write_labels(tmp_path / "folds", face_line())

    with pytest.raises(ConfigError, match="expected an existing folder of images"):
        rows_of(DataConfig("adience", str(tmp_path / "folds")))


def plant(kind: str, place: Path, outside: Path) -> None:
    """Put something that is no readable picture at a name."""
    place.parent.mkdir(parents=True, exist_ok=True)
    if kind == "empty":
        place.touch()
    elif kind == "sparse":
        place.touch()
        os.truncate(place, 60_000_000_000)
    elif kind == "link":
        place.symlink_to(outside / "a.jpg")
    elif kind == "broken link":
        place.symlink_to(outside / "nowhere")
    elif kind == "fifo":
        os.mkfifo(place)
    elif kind == "folder":
        place.mkdir()
    elif kind == "linked folder":
        place.parent.rmdir()
        place.parent.symlink_to(outside)


@pytest.mark.parametrize(
    ("kind", "fault", "detail"),
    [
        ("nothing", "image_missing", "no file of this name is in the image root"),
        ("empty", "image_unreadable", "the file is empty"),
        ("sparse", "image_too_large", "images.max_bytes sets the limit"),
        ("link", "image_unreadable", "links are not followed"),
        ("broken link", "image_unreadable", "links are not followed"),
        ("fifo", "image_unreadable", "the name is no regular file"),
        ("folder", "image_unreadable", "the name is a folder"),
        ("linked folder", "image_unreadable", "the folder 'u1' is a link"),
    ],
)
def test_an_unreadable_image_is_a_fault_with_its_reason(
    tmp_path: Path, kind: str, fault: str, detail: str
) -> None:
    outside = tmp_path / "outside"
    write_image(outside, "a.jpg", jpeg(0))
    write_image(outside, "landmark_aligned_face.1.a.jpg", jpeg(0))
    write_labels(tmp_path / "folds", face_line(), face_line(user="u2"))
    plant(kind, tmp_path / "faces" / face_path(), outside)
    write_image(tmp_path / "faces", face_path(user="u2"), jpeg(2))

    bad, good = rows_of(source(tmp_path))

    assert bad["fault"] == fault
    assert detail in bad["detail"]
    assert good["fault"] is None
    if kind != "empty":
        assert bad["content_hash"] is None


@pytest.mark.parametrize(
    ("asked", "there"),
    [
        ("Photo.JPG", "photo.jpg"),
        (unicodedata.normalize("NFC", "é.jpg"), unicodedata.normalize("NFD", "é.jpg")),
    ],
    ids=["case", "unicode form"],
)
def test_a_similar_name_is_suggested(tmp_path: Path, asked: str, there: str) -> None:
    write_labels(tmp_path / "folds", face_line(image=asked))
    write_image(tmp_path / "faces", face_path(image=there), jpeg(0))

    (row,) = rows_of(source(tmp_path))

    assert row["fault"] == "image_missing"
    assert repr(face_path(image=there)) in row["detail"]
    assert "case or Unicode form" in row["detail"]


@pytest.mark.parametrize("follow", [True, False])
def test_a_linked_picture_is_read_where_links_are_followed(tmp_path: Path, follow: bool) -> None:
    write_labels(tmp_path / "folds", face_line(), face_line(user="u2"), face_line(user="u3"))
    for user in ("u1", "u3"):
        write_image(tmp_path / f"elsewhere_{user}", face_path(user=user), jpeg(1))
    write_image(tmp_path / "faces", face_path(user="u2"), jpeg(1))
    for user in ("u1", "u3"):
        (tmp_path / "faces" / user).symlink_to(tmp_path / f"elsewhere_{user}" / user)
    images = ImagesConfig(follow_links=follow, link_roots=(str(tmp_path / "elsewhere_u1"),))

    linked, own, outside = rows_of(source(tmp_path), images=images)

    assert (own["fault"], outside["fault"]) == (None, "image_unreadable")
    if follow:
        assert linked["content_hash"] == own["content_hash"]
        assert "'u3' is a link that ends nowhere, outside the image root" in outside["detail"]
    else:
        assert "'u1' is a link, and links are not followed" in linked["detail"]


def test_a_row_that_names_a_system_s_file_says_so(tmp_path: Path) -> None:
    path = face_path(user="__MACOSX")
    write_labels(tmp_path / "folds", face_line(user="__MACOSX"))
    write_image(tmp_path / "faces", path, jpeg(0))

    (row,) = rows_of(source(tmp_path))

    assert row["fault"] == "image_missing"
    assert "a system's own files" in row["detail"]


@pytest.mark.parametrize(("labels_only", "count"), [(False, 3), (True, 0)])
def test_the_files_of_systems_are_counted_where_images_are_read(
    tmp_path: Path, labels_only: bool, count: int
) -> None:
    write_labels(tmp_path / "folds", face_line())
    for name in (face_path(), "u1/._a.jpg", ".DS_Store", "__MACOSX/u1/b.jpg"):
        write_image(tmp_path / "faces", name, jpeg(0))
    counts: list[int] = []

    rows_of(source(tmp_path), labels_only=labels_only, ignored_files=counts.append)

    assert counts == [count]


def test_a_path_outside_the_root_is_a_fault_before_files_are_searched(tmp_path: Path) -> None:
    write_labels(tmp_path / "folds", face_line(user="../outside"))
    write_image(tmp_path / "outside", "landmark_aligned_face.1.a.jpg", jpeg(0))

    (row,) = rows_of(source(tmp_path))

    assert (row["fault"], row["content_hash"]) == ("path_outside_root", None)


def test_a_malformed_name_is_not_read_though_another_source_names_it(tmp_path: Path) -> None:
    write_labels(tmp_path / "folds", face_line())
    write_image(tmp_path / "faces", face_path(), jpeg(0))
    data = source(tmp_path)

    known, malformed = rows_of(data, DataConfig("utkface", None, data.images))

    assert known["content_hash"] is not None
    assert (malformed["fault"], malformed["content_hash"]) == ("malformed_name", None)


def test_rows_are_in_the_order_of_sources_files_and_lines(tmp_path: Path) -> None:
    for number in (1, 0):
        lines = [face_line(user=f"u{number}", image=f"{line}.jpg") for line in range(3)]
        write_labels(tmp_path / "folds", *lines, name=f"fold_{number}_data.txt")
    write_image(tmp_path / "utk", "26_0_0_1.jpg", jpeg(0))
    data = [DataConfig("utkface", None, str(tmp_path / "utk")), source(tmp_path)]

    rows = rows_of(*data, labels_only=True)

    assert [(row["source"], row["line"]) for row in rows] == [
        ("26_0_0_1.jpg", 1),
        *((f"fold_{number}_data.txt", line) for number in (0, 1) for line in (2, 3, 4)),
    ]


def test_progress_counts_every_image_of_all_roots_once(tmp_path: Path) -> None:
    reported: list[tuple[int, int]] = []
    for name in ("one", "two"):
        write_labels(tmp_path / name / "folds", face_line(), face_line(), face_line(user="u2"))
        for user in ("u1", "u2"):
            write_image(tmp_path / name / "faces", face_path(user=user), jpeg(0))
    data = [source(tmp_path / "one"), source(tmp_path / "two"), source(tmp_path / "one")]

    rows_of(*data, progress=lambda done, total: reported.append((done, total)))

    assert reported == [(2, 4), (4, 4)]


def test_the_table_is_the_same_whatever_the_partitions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [face_line(user=f"u{number % 7}", image=f"{number}.jpg") for number in range(60)]
    lines[20] = b"mangled \xff"
    write_labels(tmp_path / "folds", *lines)
    for number in range(0, 60, 2):
        path = face_path(user=f"u{number % 7}", image=f"{number}.jpg")
        write_image(tmp_path / "faces", path, jpeg(number % 5) if number % 3 else b"")
    data = [source(tmp_path)]
    whole = build_manifest(data, ["adience"])

    monkeypatch.setattr(line_blocks, "BLOCK_BYTES", 100)
    monkeypatch.setattr(contents, "CHUNK_FILES", 3)
    cut = build_manifest(data, ["adience"])

    assert cut["key"].num_chunks > whole["key"].num_chunks
    assert cut.equals(whole)


def test_no_rows_is_an_empty_manifest(tmp_path: Path) -> None:
    write_labels(tmp_path / "folds")

    assert rows_of(source(tmp_path)) == []
    assert rows_of(source(tmp_path), labels_only=True) == []


@pytest.mark.parametrize("label", ["age", "gender", "race"])
def test_a_reader_gives_label_texts_and_no_classes(label: str) -> None:
    row = {"key": "mine/a", "source": "a.csv", "line": 1, "fold": "fold_0", label: "white"}

    with pytest.raises(ConfigError, match=f"mine: a row has a '{label}', .* '{label}_text'"):
        manifest._check_reader(table_of_rows([row]), "mine")
