"""What a JPEG may lack and hide; the corpus of hostile files holds most of it."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from components.faces import decoding, jpeg_markers
from schemas.config.blocks import ImagesConfig
from schemas.errors import ImageError
from tests.components.faces import jpeg_parts
from tests.components.faces.hostile_jpegs import JPEGS
from tests.components.faces.outcomes import Case, Drawn, draw, jpeg
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
    "four colours": {"mode": "CMYK"},
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


def fate_of(case: Case, root: Path, *, reduce: bool) -> str | None:
    """The reason of the refusal, or None."""
    case.place(root)
    try:
        decoding.decode((root / case.path).read_bytes(), SMALLER, reduce=reduce)
    except ImageError as error:
        return error.reason
    return None


def test_a_file_that_is_decoded_smaller_meets_the_same_fate(tmp_path: Path) -> None:
    found = {case.name: fate_of(case, tmp_path, reduce=True) for case in JPEGS}

    assert found == {
        case.name: None if isinstance(case.fate, Drawn) else case.fate for case in JPEGS
    }


@pytest.mark.parametrize("by", [1, 2, 4, 8])
def test_four_colours_of_print_become_rgb_at_every_size(by: int) -> None:
    smooth = np.asarray(Image.fromarray(noise(6, 10)).resize((80, 64)))
    black = np.linspace(0, 255, 80).astype(np.uint8) * np.ones((64, 1), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(np.dstack([smooth, black]), "CMYK").save(buffer, "JPEG", quality=95)
    config = ImagesConfig(side=64 // by, fit="crop", min_side=1)

    found = decoding.decode(buffer.getvalue(), config, reduce=True).pixels

    wanted = Image.fromarray(by_pillow(buffer.getvalue()).astype(np.uint8)).reduce(by)
    assert found.shape == (64 // by, 80 // by, 3)
    assert np.abs(found - np.asarray(wanted).astype(int)).mean() < 2


def test_a_coding_that_tells_of_no_loss_is_named_in_the_refusal() -> None:
    content = jpeg(draw())
    (frame,) = jpeg_parts.parts(content, jpeg_parts.SOF0)
    arithmetic = jpeg_parts.patched(content, frame.start + 1, b"\xc9")

    with pytest.raises(ImageError, match=r"SOF9 .*arithmetic.*expected Huffman.*save it as"):
        decoding.decode(arithmetic, LIMITS)


def test_the_channels_that_no_scan_completes_are_named() -> None:
    head, scans = jpeg_parts.scan_by_channel(draw())

    with pytest.raises(ImageError, match=r"no scan completes the channels \[2, 3\]"):
        decoding.decode(head + scans[0] + END_OF_IMAGE, LIMITS)


def test_so_many_scans_are_read_and_no_more() -> None:
    head, scans = jpeg_parts.scan_by_channel(draw(8, 8))

    def repeated(times: int) -> bytes:
        return head + b"".join([*scans[:2], scans[2] * times]) + END_OF_IMAGE

    assert decoding.is_decodable(repeated(98))
    assert refused(repeated(99)) == "image_unreadable"


@pytest.mark.parametrize("kind", KINDS)
def test_a_rebuilt_file_holds_the_same_picture(kind: str) -> None:
    content = encoded(noise(), "JPEG", comment=b"dropped", icc_profile=b"too", **KINDS[kind])

    rebuilt = jpeg_markers.rebuilt(content)

    assert len(rebuilt) < len(content)
    assert (by_pillow(rebuilt) == by_pillow(content)).all()


def test_no_progressive_real_face_is_taken_for_a_broken_one(shared_data: Path) -> None:
    folders = [shared_data / "utkface_sample", shared_data / "fairface_sample"]
    paths = [path for folder in folders for path in sorted(folder.glob("*.jpg"))][::30]

    for number, path in enumerate(paths):
        given = PROGRESSIVE[number % len(PROGRESSIVE)]
        mode = "L" if number % 7 == 0 else "RGB"
        with Image.open(path) as image:
            content = encoded(np.asarray(image), "JPEG", mode, progressive=True, **given)

        found = decoding.decode(content, LIMITS).pixels

        assert np.abs(found - by_pillow(content)).max() <= 1, (path.name, given)
    assert len(paths) == 102
