"""One walk of an image folder."""

import os
from pathlib import Path

import pytest

from components.ingest.images.image_index import Kind, index_images
from schemas.errors import ConfigError


def test_an_index_lists_every_entry_once_and_sorted(tmp_path: Path) -> None:
    for name in ("b/2.jpg", "a.jpg", "b/deep/1.jpg", "B.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    os.utime(tmp_path / "a.jpg", ns=(1, 1_234_567_890_123_456_789))

    result = index_images(str(tmp_path))

    assert result.names.to_pylist() == ["B.jpg", "a.jpg", "b", "b/2.jpg", "b/deep", "b/deep/1.jpg"]
    assert result.kinds.tolist() == [0, 0, 1, 0, 1, 0]
    assert result.sizes.tolist() == [5, 5, 0, 7, 0, 12]
    assert result.mtimes[1] == 1_234_567_890_123_456_789


def test_links_and_special_files_are_listed_and_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.jpg").write_bytes(b"secret")
    root = tmp_path / "faces"
    root.mkdir()
    (root / "linked").symlink_to(tmp_path / "outside")
    (root / "loop").symlink_to(root)
    os.mkfifo(root / "pipe.jpg")

    result = index_images(str(root))

    kinds = dict(zip(result.names.to_pylist(), result.kinds.tolist(), strict=True))
    assert kinds == {"linked": Kind.LINK, "loop": Kind.LINK, "pipe.jpg": Kind.SPECIAL}


def kinds_of(root: Path, *folders: Path) -> dict[str, int]:
    index = index_images(str(root), tuple(map(str, folders)))
    return dict(zip(index.names.to_pylist(), index.kinds.tolist(), strict=True))


def test_links_are_followed_to_the_root_and_to_named_folders_alone(tmp_path: Path) -> None:
    root, named, other = tmp_path / "faces", tmp_path / "named", tmp_path / "named2"
    for folder in (root / "a", named / "deep", other):
        folder.mkdir(parents=True)
        (folder / "1.jpg").write_bytes(b"four")
    links = {
        "file": root / "a" / "1.jpg", "folder": root / "a", "named": named, "other": other,
        "beside.jpg": other / "1.jpg", "inner": named / "deep", "nowhere": root / "none",
        "root": root, "above": tmp_path, "chain": root / "other", "chain2": root / "named",
    }  # fmt: skip
    for name, target in links.items():
        (root / name).symlink_to(target)
    (named / "back").symlink_to(other)  # A link inside a followed folder.

    kinds = kinds_of(root, named)

    files = {name for name, kind in kinds.items() if kind == Kind.FILE}
    assert files == {
        "a/1.jpg", "file", "folder/1.jpg", "named/deep/1.jpg", "inner/1.jpg", "chain2/deep/1.jpg",
    }  # fmt: skip
    assert {name for name, kind in kinds.items() if kind == Kind.OUTSIDE} == {
        "other", "beside.jpg", "nowhere", "root", "above", "chain", "named/back", "chain2/back",
    }  # fmt: skip
    followed = index_images(str(root), (str(named),))
    sizes = dict(zip(followed.names.to_pylist(), followed.sizes.tolist(), strict=True))
    assert sizes["file"] == sizes["inner/1.jpg"] == 4


def test_nested_links_come_to_an_end(tmp_path: Path) -> None:
    for number in range(40):
        folder = tmp_path / f"{number:02}"
        folder.mkdir()
        (folder / "1.jpg").touch()
        for name in "ab":
            (folder / name).symlink_to(tmp_path / f"{(number + 1) % 40:02}")

    assert len(kinds_of(tmp_path)) <= 40 * 101 * 4


def test_a_named_folder_that_cannot_be_listed_is_a_config_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"images\.link_roots: .*nowhere' cannot be listed"):
        index_images(str(tmp_path), (str(tmp_path / "nowhere"),))


def test_a_name_with_invalid_utf8_is_escaped_and_marked(tmp_path: Path) -> None:
    with open(os.path.join(os.fsencode(tmp_path), b"caf\xe9.jpg"), "wb"):
        pass
    (tmp_path / "café.jpg").touch()

    result = index_images(str(tmp_path))

    marks = dict(zip(result.names.to_pylist(), result.utf8.tolist(), strict=True))
    assert marks == {"caf\\xe9.jpg": False, "café.jpg": True}


def test_files_that_systems_add_are_counted_and_no_entries(tmp_path: Path) -> None:
    added = ("._a.jpg", "b/.DS_Store", "b/Thumbs.db", "thumbs.DB", "__MACOSX/b/._1.jpg",
             "__MACOSX/b/1.jpg", "@eaDir/a.jpg/x.jpg")  # fmt: skip
    for name in ("a.jpg", "b/1.jpg", "b/.hidden.jpg", "b/DS_Store", *added):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    result = index_images(str(tmp_path))

    assert result.names.to_pylist() == ["a.jpg", "b", "b/.hidden.jpg", "b/1.jpg", "b/DS_Store"]
    assert result.ignored == len(added)


def test_an_empty_folder_has_no_entries(tmp_path: Path) -> None:
    assert len(index_images(str(tmp_path)).names) == 0


def test_a_root_that_cannot_be_listed_is_a_config_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be listed"):
        index_images(str(tmp_path / "nowhere"))
