"""JPEG decoding: missing and damaged data; the corpus of hostile files holds most cases."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import simplejpeg
from PIL import Image

from components.faces import decoding, jpeg, jpeg_markers
from schemas.config.blocks import ImagesConfig
from schemas.errors import ImageError
from tests.components.faces import jpeg_parts
from tests.components.faces.hostile_jpegs import JPEGS
from tests.components.faces.outcomes import Case, Drawn, draw
from tests.components.faces.outcomes import jpeg as jpeg_of
from tests.components.faces.pictures import (
    END_OF_IMAGE,
    LIMITS,
    by_pillow,
    encoded,
    noise,
    refused,
)

KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "grey": {"mode": "L"},
    "restarts": {"restart_marker_blocks": 1},
    "progressive": {"progressive": True},
    "cmyk": {"mode": "CMYK"},
}
SMALLER = ImagesConfig(side=8, min_side=1)  # An eighth of the drawn picture.
PROGRESSIVE: list[dict[str, Any]] = [
    {"quality": 30},
    {"quality": 75, "subsampling": 1},
    {"quality": 90, "subsampling": 0, "restart_marker_rows": 1},
    {"quality": 95, "optimize": True, "restart_marker_blocks": 3},
    {"quality": 100, "subsampling": 0, "optimize": True},
]


@pytest.mark.parametrize("kind", KINDS)
def test_an_appended_end_marker_does_not_hide_a_cut(kind: str) -> None:
    whole = encoded(noise(), "JPEG", **KINDS[kind])

    accepted = [
        cut for cut in range(2, len(whole) - 2) if decoding.is_decodable(whole[:cut] + END_OF_IMAGE)
    ]

    assert accepted == []
    assert decoding.is_decodable(whole)


def rejection(case: Case, root: Path, *, reduce: bool) -> str | None:
    """The rejection reason, or None."""
    case.place(root)
    try:
        decoding.decode((root / case.path).read_bytes(), SMALLER, reduce=reduce)
    except ImageError as error:
        return error.reason
    return None


def test_reduced_decoding_rejects_the_same_files(tmp_path: Path) -> None:
    rejections = {case.name: rejection(case, tmp_path, reduce=True) for case in JPEGS}

    assert rejections == {
        case.name: None if isinstance(case.expected, Drawn) else case.expected for case in JPEGS
    }


@pytest.mark.parametrize("by", [1, 2, 4, 8])
def test_cmyk_becomes_rgb_at_every_size(by: int) -> None:
    smooth = np.asarray(Image.fromarray(noise(6, 10)).resize((80, 64)))
    black = np.linspace(0, 255, 80).astype(np.uint8) * np.ones((64, 1), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(np.dstack([smooth, black]), "CMYK").save(buffer, "JPEG", quality=95)
    config = ImagesConfig(side=64 // by, fit="crop", min_side=1)

    decoded = decoding.decode(buffer.getvalue(), config, reduce=True).pixels

    expected = Image.fromarray(by_pillow(buffer.getvalue()).astype(np.uint8)).reduce(by)
    assert decoded.shape == (64 // by, 80 // by, 3)
    assert np.abs(decoded - np.asarray(expected).astype(int)).mean() < 2


def test_an_unsupported_coding_is_named() -> None:
    content = jpeg_of(draw())
    (frame,) = jpeg_parts.segments_of(content, jpeg_parts.SOF0)
    arithmetic = jpeg_parts.patched(content, frame.start + 1, b"\xc9")

    with pytest.raises(ImageError, match=r"SOF9 .*arithmetic.*expected Huffman.*save it as"):
        decoding.decode(arithmetic, LIMITS)


def test_incomplete_channels_are_named() -> None:
    head, scans = jpeg_parts.scan_by_channel(draw())

    with pytest.raises(ImageError, match=r"no scan completes the channels \[2, 3\]"):
        decoding.decode(head + scans[0] + END_OF_IMAGE, LIMITS)


def test_up_to_one_hundred_scans_are_read() -> None:
    head, scans = jpeg_parts.scan_by_channel(draw(8, 8))

    def repeated(times: int) -> bytes:
        return head + b"".join([*scans[:2], scans[2] * times]) + END_OF_IMAGE

    assert decoding.is_decodable(repeated(98))
    assert refused(repeated(99)) == "image_unreadable"


@pytest.mark.parametrize(
    ("name", "warning"),
    [
        ("junk_before_end", "extraneous bytes before marker 0xd9"),
        ("jfif_version_hides_bad_codes", "bad Huffman code"),
        ("padded_restarts_hide_a_cut", "premature end of data segment"),
        ("end_behind_a_cut", "premature end of data segment"),
        ("invalid_code", "bad Huffman code"),
        ("colours_three_times_as_coarse", "Could not determine subsampling level"),
    ],
)
def test_the_first_warning_of_libjpeg_is_reported(tmp_path: Path, name: str, warning: str) -> None:
    (case,) = (case for case in JPEGS if case.name == f"jpeg_{name}")
    case.place(tmp_path)

    with pytest.raises(ImageError, match=f"libjpeg reports .*{warning}.*expected.*save it again"):
        decoding.decode((tmp_path / case.path).read_bytes(), LIMITS)


@pytest.mark.parametrize("side", [2_040, 2_048])
def test_a_picture_larger_than_a_restart_interval_is_decoded(side: int) -> None:
    """65,025 blocks of 8 x 8 pixels fit into an interval, 65,536 do not."""
    content = encoded(np.zeros((side, side, 3), np.uint8), "JPEG", subsampling=0)

    assert decoding.decode(content, LIMITS).pixels.shape == (side, side, 3)


def large_grey(codes: str) -> bytes:
    """A flat grey JPEG of 2,104 x 2,104 pixels, more blocks than a restart interval has.

    Its blocks but one are a difference of zero, 00, and the end of a block, 1010, in the standard
    tables (T.81, tables K.3 and K.5); the block in the middle is `codes`.
    """
    content = encoded(np.full((2_104, 2_104, 3), 128, np.uint8), "JPEG", "L")
    (scan,) = jpeg_parts.segments_of(content, jpeg_parts.SOS)
    half = "001010" * (263 * 263 // 2)
    bits = half + codes + half
    bits += "1" * (-len(bits) % 8)
    data = int(bits, 2).to_bytes(len(bits) // 8).replace(b"\xff", b"\xff\0")
    return content[: scan.data] + data + content[scan.end :]


@pytest.mark.parametrize(
    "codes",
    ["111111111" + "00000000" + "1010", "00" + "000" * 21 + "1111111111111111" + "0"],
    ids=["no such difference", "no such coefficient"],
)
def test_an_invalid_code_is_refused_in_a_picture_longer_than_a_restart_interval(codes: str) -> None:
    content = large_grey(codes)

    assert simplejpeg.decode_jpeg(content, strict=True).shape == (2_104, 2_104, 3)  # Unnoticed.
    with pytest.raises(ImageError, match="bad Huffman code"):
        decoding.decode(content, LIMITS)
    assert decoding.decode(large_grey("001010"), LIMITS).pixels.min() == 128


@pytest.mark.parametrize("subsampling", [0, 2], ids=["4:4:4", "4:2:0"])
@pytest.mark.parametrize("optimize", [False, True], ids=["standard tables", "own tables"])
def test_damage_is_judged_alike_in_small_and_in_large_pictures(
    subsampling: int, *, optimize: bool
) -> None:
    """The way of small pictures is the expectation; that of large ones is taken by their size."""
    content = encoded(noise(96, 96), "JPEG", subsampling=subsampling, optimize=optimize)
    (scan,) = jpeg_parts.segments_of(content, jpeg_parts.SOS)
    frame = jpeg_markers.read(content, 96 * 96)
    places = range(scan.data, scan.end, max(1, (scan.end - scan.data) // 60))
    damaged = [
        content[:place] + bytes([content[place] ^ bit]) + content[place + 1 :]
        for place in places
        for bit in (1, 64)
    ]

    outcomes = [
        tuple(is_refused(each, frame._replace(longest_run=run)) for run in (1, 65_536))
        for each in damaged
    ]

    assert {(True, True), (False, False)} == set(outcomes)


def is_refused(content: bytes, frame: jpeg_markers.Frame) -> bool:
    try:
        jpeg.decode(content, frame, 8)
    except ImageError:
        return True
    return False


def test_real_faces_stored_as_progressive_jpegs_are_accepted(shared_data: Path) -> None:
    folders = [shared_data / "utkface_sample", shared_data / "fairface_sample"]
    paths = [path for folder in folders for path in sorted(folder.glob("*.jpg"))][::30]

    for number, path in enumerate(paths):
        options = PROGRESSIVE[number % len(PROGRESSIVE)]
        mode = "L" if number % 7 == 0 else "RGB"
        with Image.open(path) as image:
            content = encoded(np.asarray(image), "JPEG", mode, progressive=True, **options)

        decoded = decoding.decode(content, LIMITS).pixels

        assert np.abs(decoded - by_pillow(content)).max() <= 1, (path.name, options)
    assert len(paths) == 102
