"""Reading files below a root, and the rejection reasons."""

import os
import socket
from pathlib import Path

import pytest

from components.faces.safe_open import is_outside, read_regular
from schemas.errors import ImageError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root with a file, a folder, links, a FIFO, and a file outside of it."""
    (tmp_path / "secret").write_bytes(b"secret")
    folder = tmp_path / "root"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.jpg").write_bytes(b"abc")
    (folder / "sub" / "b.jpg").write_bytes(b"bcd")
    (folder / "inside").symlink_to("a.jpg")
    (folder / "outside").symlink_to("../secret")
    (folder / "dangling").symlink_to("nowhere")
    (folder / "folder_link").symlink_to("sub")
    os.mkfifo(folder / "fifo")
    return folder


def refused(root: Path, path: str) -> str:
    with pytest.raises(ImageError) as caught:
        read_regular(str(root), path, max_bytes=100)
    return caught.value.reason


@pytest.mark.parametrize(
    ("path", "content"),
    [("a.jpg", b"abc"), ("sub/b.jpg", b"bcd"), ("./a.jpg", b"abc"), ("sub//b.jpg", b"bcd")],
)
def test_a_regular_file_below_the_root_is_read_whole(root: Path, path: str, content: bytes) -> None:
    assert read_regular(str(root), path, max_bytes=3) == content


def test_the_root_itself_may_be_a_link(root: Path) -> None:
    link = root.parent / "link"
    link.symlink_to(root)

    assert read_regular(str(link), "a.jpg", max_bytes=3) == b"abc"


@pytest.mark.parametrize(
    "path", ["../secret", "sub/../../secret", "sub/../a.jpg", "..", "/etc/passwd", "a\0.jpg"]
)
def test_a_name_that_leaves_the_root_is_refused_as_text(root: Path, path: str) -> None:
    assert refused(root, path) == "path_outside_root"


def test_dots_inside_a_name_do_not_leave_the_root() -> None:
    assert not any(is_outside(name) for name in ("..a", "a..", "a/..b", "..."))


@pytest.mark.parametrize(
    "path", ["inside", "outside", "dangling", "folder_link", "folder_link/b.jpg", "a.jpg/x"]
)
def test_no_link_is_followed_wherever_it_leads(root: Path, path: str) -> None:
    assert refused(root, path) == "image_unreadable"


@pytest.mark.parametrize("path", ["sub", "sub/", "", ".", "fifo", "x" * 300])
def test_files_that_are_not_regular_are_unreadable_and_do_not_block(root: Path, path: str) -> None:
    assert refused(root, path) == "image_unreadable"


def test_a_socket_is_unreadable(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)  # A socket's own path may not be long.
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("socket")

        assert refused(root, "socket") == "image_unreadable"


@pytest.mark.parametrize("path", ["none.jpg", "sub/none.jpg", "none/a.jpg"])
def test_an_absent_file_is_missing(root: Path, path: str) -> None:
    assert refused(root, path) == "image_missing"


def test_a_file_without_a_root_is_missing(root: Path) -> None:
    assert refused(root / "none", "a.jpg") == "image_missing"


def test_the_size_limit_itself_is_accepted_and_one_byte_more_is_too_large(root: Path) -> None:
    assert read_regular(str(root), "a.jpg", max_bytes=3) == b"abc"
    with pytest.raises(
        ImageError, match=r"'a\.jpg' has more than 2 bytes; images\.max_by"
    ) as caught:
        read_regular(str(root), "a.jpg", max_bytes=2)
    assert caught.value.reason == "image_too_large"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read anything")
def test_a_file_without_read_permission_is_unreadable(root: Path) -> None:
    (root / "a.jpg").chmod(0)

    assert refused(root, "a.jpg") == "image_unreadable"


def test_refusals_leave_no_file_open(root: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))

    for path in ("sub", "fifo", "folder_link/b.jpg", "none/a.jpg", "../secret", "", "sub/b.jpg/x"):
        refused(root, path)

    assert len(os.listdir("/proc/self/fd")) == before


@pytest.fixture
def linked(tmp_path: Path) -> Path:
    """A root with links into itself, to a named folder and to another one."""
    root = tmp_path / "linked"
    for folder in (root, tmp_path / "named", tmp_path / "named_not"):
        folder.mkdir()
        (folder / "a.jpg").write_bytes(folder.name.encode())
    for name, target in (("in.jpg", "linked/a.jpg"), ("named", "named"), ("not", "named_not")):
        (root / name).symlink_to(tmp_path / target)
    (root / "loop").symlink_to(root / "loop")
    return root


def test_followed_links_are_read_where_they_end_in_an_allowed_folder(linked: Path) -> None:
    links = (str(linked.parent / "named"),)

    for path, content in (("a.jpg", b"linked"), ("in.jpg", b"linked"), ("named/a.jpg", b"named")):
        assert read_regular(str(linked), path, max_bytes=9, links=links) == content


@pytest.mark.parametrize("path", ["not/a.jpg", "loop", "loop/a.jpg", "named/none.jpg", "named"])
def test_a_followed_link_that_ends_elsewhere_is_refused(linked: Path, path: str) -> None:
    with pytest.raises(ImageError) as refusal:
        read_regular(str(linked), path, max_bytes=9, links=(str(linked.parent / "named"),))

    missing = path.endswith("none.jpg")
    assert refusal.value.reason == ("image_missing" if missing else "image_unreadable")


def test_only_the_root_is_allowed_where_no_folder_is_named(linked: Path) -> None:
    assert read_regular(str(linked), "in.jpg", max_bytes=9, links=()) == b"linked"
    with pytest.raises(ImageError, match="ends outside the image root"):
        read_regular(str(linked), "named/a.jpg", max_bytes=9, links=())
