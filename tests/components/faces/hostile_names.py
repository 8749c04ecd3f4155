"""Files of other formats, and unusual names and file types."""

import gzip
import os
import stat
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tests.components.faces.outcomes import (
    JPEG_LOSS,
    SIDE,
    Case,
    Drawn,
    case,
    draw,
    jpeg,
    named,
    save,
)

MAX_BYTES = 100_000  # Of one file, in this corpus.
MIN_SIDE = 16

_PIXELS = draw()
_DRAWN = Drawn(_PIXELS, JPEG_LOSS)
_JPEG = jpeg(_PIXELS)
_PNG = save(_PIXELS, "PNG")
_OUTSIDE = "outside"  # A folder beside the root.


def _other_formats() -> dict[str, bytes]:
    page = b"<!DOCTYPE html><html><title>404 Not Found</title></html>\n"
    return {
        "empty": b"",
        "one_byte": b"\xff",
        "text": b"no picture\n",
        "page": page,  # A server's error page.
        "zeros": bytes(5000),
        "gif": save(_PIXELS, "GIF", "P"),
        "tiff": save(_PIXELS, "TIFF"),
        "webp": save(_PIXELS, "WEBP", lossless=True),
        "bmp": save(_PIXELS, "BMP"),
        "ppm": save(_PIXELS, "PPM"),
        "ico": save(_PIXELS, "ICO"),
        "pdf_of_a_jpeg": save(_PIXELS, "PDF"),
        "jpeg_2000": save(_PIXELS, "JPEG2000"),
        "jpeg_gzipped": gzip.compress(_JPEG, mtime=0),
        "jpeg_named_in_a_png_signature": b"\x89PNG\r\n\x1a\n" + _JPEG,
    }


def _sizes() -> list[Case]:
    """Pictures and files at the limits and beyond."""
    low, short = draw(MIN_SIDE - 1, SIDE), draw(SIDE, MIN_SIDE - 1)
    sliver = np.repeat(draw(1, 50), 100, axis=1)
    wide = np.repeat(draw(MIN_SIDE, 50), 80, axis=1)
    full = _JPEG + bytes(MAX_BYTES - len(_JPEG))
    return [
        case("size_smallest_side", Drawn(draw(MIN_SIDE)), save(draw(MIN_SIDE), "PNG")),
        case("size_too_low", "image_too_small", save(low, "PNG")),
        case("size_too_narrow", "image_too_small", jpeg(short)),
        case("size_one_pixel", "image_too_small", jpeg(draw(1, 1))),
        case("size_sliver_of_1_x_5000", "image_too_small", save(sliver, "PNG")),
        case("size_sliver_of_5000_x_1", "image_too_small", jpeg(sliver.swapaxes(0, 1))),
        case("size_small_and_broken", "image_unreadable", jpeg(draw(8, 8))[:-20]),
        case("size_band_of_16_x_4000", Drawn(wide), save(wide, "PNG")),
        case("size_of_all_bytes", _DRAWN, full),
        case("size_of_one_byte_more", "image_too_large", full + b"\0"),
        case("size_of_many_bytes_of_no_picture", "image_too_large", b"no" * MAX_BYTES),
    ]


def _odd_names() -> dict[str, str]:
    """Names that a picture may have."""
    return {
        "spaces": "name  with spaces .jpg",
        "unicode": unicodedata.normalize("NFC", "José 李.jpg"),
        "decomposed": unicodedata.normalize("NFD", "Zoë.jpg"),
        "emoji": "\N{GRINNING FACE}.jpg",
        "right_to_left": "\N{RIGHT-TO-LEFT OVERRIDE}gpj.jpg",
        "backslash": "folder\\name.jpg",
        "quotes_and_comma": '"it\'s", he said.jpg',
        "glob": "*[a-z]?.jpg",
        "percent": "%00%2e%2e%2fname.jpg",
        "dash": "-rf.jpg",
        "dots": "..name...jpg",
        "hidden": ".hidden.jpg",
        "no_suffix": "picture",
        "wrong_suffix": "picture.txt",
        "longest": "x" * 251 + ".jpg",
        "deep": "/".join(["folder"] * 30) + "/face.jpg",
    }


def _missing() -> list[Case]:
    """Names that differ from the file's."""
    composed = unicodedata.normalize("NFC", "près/André.jpg")
    return [
        _placed("missing", "image_missing", "missing.jpg", lambda _: None),
        _placed("missing_folder", "image_missing", "nowhere/face.jpg", lambda _: None),
        named("missing_by_unicode_form", "image_missing", composed, _JPEG)._replace(
            path=unicodedata.normalize("NFD", composed)
        ),
        named("missing_by_case", "image_missing", "upper/FACE.JPG", _JPEG)._replace(
            path="upper/face.jpg"
        ),
    ]


def _outside() -> list[Case]:
    """Names of pictures outside the root."""

    def beside(root: Path) -> None:
        folder = root.parent / _OUTSIDE
        folder.mkdir(exist_ok=True)
        (folder / "face.jpg").write_bytes(_JPEG)

    paths = {
        "parent": f"../{_OUTSIDE}/face.jpg",
        "parent_in_the_middle": f"folder/../../{_OUTSIDE}/face.jpg",
        "parent_and_back": "folder/../face.jpg",
        "parent_alone": "..",
        "absolute": "/etc/hostname",
    }
    return [
        _placed(f"outside_by_{name}", "path_outside_root", path, beside)
        for name, path in paths.items()
    ]


def _no_files() -> list[Case]:
    """Entries that are no regular files; links are not followed."""
    makers: dict[str, tuple[str, Callable[[Path], Any]]] = {
        "folder": ("folder.jpg", lambda at: at.mkdir()),
        "fifo": ("fifo.jpg", os.mkfifo),
        "socket": ("socket.jpg", lambda at: os.mknod(at, stat.S_IFSOCK | 0o600)),
        "link_to_nothing": ("nothing.jpg", lambda at: at.symlink_to("nowhere")),
        "link_to_itself": ("itself.jpg", lambda at: at.symlink_to("itself.jpg")),
        "link_inside": ("inside.jpg", lambda at: _linked(at, "real/face.jpg")),
        "link_outside": ("outside.jpg", lambda at: _linked(at, f"../{_OUTSIDE}/face.jpg")),
        "link_to_a_device": ("device.jpg", lambda at: at.symlink_to("/dev/zero")),
        "folder_link_inside": ("in/face.jpg", lambda at: _linked(at.parent, "real")),
        "folder_link_outside": ("out/face.jpg", lambda at: _linked(at.parent, f"../{_OUTSIDE}")),
    }
    return [
        _placed(name, "image_unreadable", path, lambda root, p=path, m=make: m(root / p))  # type: ignore[misc]
        for name, (path, make) in makers.items()
    ]


def _linked(at: Path, target: str) -> None:
    """A link to a picture, or to a folder with one; relative to the link."""
    aim = at.parent / target
    folder = aim.parent if aim.suffix else aim
    folder.mkdir(exist_ok=True)
    (folder / "face.jpg").write_bytes(_JPEG)
    at.symlink_to(target)


def _marked(name: str) -> bytes:
    """The picture with distinct trailing bytes: equal contents would be repeats."""
    return _JPEG + name.encode()


def _placed(
    name: str, expected: Drawn | str, path: str, place: Callable[[Path], Any], **given: Any
) -> Case:
    return Case(f"place_{name}", expected, path, place, **given)


def _closed(root: Path) -> None:
    (root / "closed.jpg").write_bytes(_JPEG)
    (root / "closed.jpg").chmod(0)


FILES = [
    *(case(f"no_{name}", "image_unreadable", file) for name, file in _other_formats().items()),
    *_sizes(),
    named("suffix_of_jpeg_on_a_png", Drawn(_PIXELS), "png_inside.jpg", _PNG),
    named("suffix_of_png_on_a_jpeg", _DRAWN, "jpeg_inside.png", _marked("suffix")),
]

PLACES = [
    *(
        named(f"name_{name}", _DRAWN, f"names/{path}", _marked(name))
        for name, path in _odd_names().items()
    ),
    # A line of a label file ends at the newline: it holds half of such a name.
    named(
        "name_newline",
        _DRAWN,
        "names/two\nlines.jpg",
        _marked("newline"),
        listed=("malformed_line", "image_missing"),
    ),
    _placed(
        "nul", "path_outside_root", "face.jpg\0.txt", lambda _: None, listed=("malformed_line",)
    ),
    *_missing(),
    *_outside(),
    *_no_files(),
    _placed("closed", "image_unreadable", "closed.jpg", _closed, not_for_root=True),
]
