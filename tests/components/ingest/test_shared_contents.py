"""Pictures of equal content: decoded once, compared across sources."""

from pathlib import Path

import xxhash

from tests.components.ingest.small_data import (
    face_line,
    face_path,
    jpeg,
    rows_of,
    source,
    write_image,
    write_labels,
)


def test_a_shared_content_that_is_no_picture_makes_its_rows_unreadable(tmp_path: Path) -> None:
    contents_by_user = {
        "u1": jpeg(0)[:-300],  # Cut, shared.
        "u2": jpeg(0)[:-300],
        "u3": jpeg(1)[:-300],  # Truncated and not shared: detected at decoding.
        "u4": jpeg(2),  # Whole, shared.
        "u5": jpeg(2),
        "u6": b"",
        "u7": b"",
    }
    write_labels(tmp_path / "folds", *(face_line(user=user) for user in contents_by_user))
    for user, content in contents_by_user.items():
        write_image(tmp_path / "faces", face_path(user=user), content)

    rows = rows_of(source(tmp_path))

    unreadable = [row["photographer"] for row in rows if row["fault"] == "image_unreadable"]
    assert unreadable == ["u1", "u2", "u6", "u7"]
    assert "no whole picture" in rows[0]["detail"]
    for row, content in zip(rows, contents_by_user.values(), strict=True):
        assert row["content_hash"] == xxhash.xxh3_128(content).hexdigest()


def test_the_same_face_twice_is_not_shared_content(tmp_path: Path) -> None:
    write_labels(tmp_path / "folds", face_line(), face_line())
    write_image(tmp_path / "faces", face_path(), b"no picture")

    rows = rows_of(source(tmp_path))

    assert [row["fault"] for row in rows] == [None, None]
    assert rows[0]["key"] == rows[1]["key"]


def test_contents_are_compared_across_sources_with_keys_of_their_own(tmp_path: Path) -> None:
    write_labels(tmp_path / "folds", face_line())
    write_image(tmp_path / "faces", face_path(), b"no picture")
    data = source(tmp_path)

    rows = rows_of(data, data)

    assert [row["key"].split("/")[0] for row in rows] == ["source0", "source1"]
    assert [row["fault"] for row in rows] == ["image_unreadable"] * 2


def test_a_shared_content_is_decoded_below_its_own_root(tmp_path: Path) -> None:
    for name, users in (("one", ["u1"]), ("two", ["u2", "u3"])):
        write_labels(tmp_path / name / "folds", *(face_line(user=user) for user in users))
        for user in users:
            write_image(tmp_path / name / "faces", face_path(user=user), jpeg(len(users)))

    rows = rows_of(source(tmp_path / "one"), source(tmp_path / "two"))

    assert [row["fault"] for row in rows] == [None] * 3
