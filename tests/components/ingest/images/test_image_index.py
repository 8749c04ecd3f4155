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
