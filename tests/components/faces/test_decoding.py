"""Decoding against Pillow, and every refusal."""

import io
import struct
import subprocess
import sys
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image

from components.faces import decoding
from schemas.config.blocks import ImagesConfig
from schemas.errors import ImageError
from tests.components.faces.pictures import (
    END_CHUNK,
    HEIGHT,
    LIMITS,
    WIDTH,
    by_pillow,
    chunk,
    encoded,
    noise,
    png_of_size,
    refused,
)
from tests.repository import ROOT


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("turn", range(1, 9))
def test_every_exif_orientation_gives_the_pixels_of_pillow(kind: str, turn: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    content = encoded(noise(), kind, exif=exif)

    result = decoding.decode(content, LIMITS).pixels

    expected = by_pillow(content)
    size = (HEIGHT, WIDTH) if turn < 5 else (WIDTH, HEIGHT)
    assert result.shape == expected.shape == (*size, 3)
    assert np.abs(result - expected).max() <= 1
    assert result.flags.c_contiguous


def test_an_invalid_exif_orientation_is_ignored() -> None:
    for turn in (0, 9, 65535):
        exif = Image.Exif()
        exif[0x0112] = turn

        assert (decoding.decode(encoded(noise(), exif=exif), LIMITS).pixels == noise()).all()


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("PNG", "RGB"), ("PNG", "L"), ("PNG", "1"), ("PNG", "P"), ("PNG", "LA"), ("PNG", "RGBA"),
     ("JPEG", "RGB"), ("JPEG", "L")],
)  # fmt: skip
def test_every_colour_type_gives_the_rgb_of_pillow(kind: str, mode: str) -> None:
    content = encoded(noise(), kind, mode)

    result = decoding.decode(content, LIMITS).pixels

    assert result.dtype == np.uint8
    assert np.abs(result - by_pillow(content)).max() <= 1


def test_transparent_pixels_keep_their_colour() -> None:
    seen = np.dstack([noise(), np.zeros((HEIGHT, WIDTH), np.uint8)])
    buffer = io.BytesIO()
    Image.fromarray(seen, "RGBA").save(buffer, "PNG")

    assert (decoding.decode(buffer.getvalue(), LIMITS).pixels == noise()).all()


@pytest.mark.parametrize("channels", [1, 3])
def test_sixteen_bits_keep_their_upper_eight(channels: int) -> None:
    deep = np.random.default_rng(0).integers(0, 1 << 16, (HEIGHT, WIDTH, channels), dtype=np.uint16)
    content = cv2.imencode(".png", deep)[1].tobytes()

    result = decoding.decode(content, LIMITS).pixels

    assert np.abs(result.astype(int) - (deep[..., ::-1] >> 8)).max() <= 1


WHOLE = {
    "jpeg": encoded(noise(), "JPEG"),
    "grey jpeg": encoded(noise(), "JPEG", "L"),
    "jpeg with restarts": encoded(noise(), "JPEG", restart_marker_blocks=1),
    "progressive": encoded(noise(), "JPEG", progressive=True),
    "cmyk": encoded(noise(), "JPEG", "CMYK"),
    "png": encoded(noise()),
    "palette": encoded(noise(), "PNG", "P"),
}


@pytest.mark.parametrize("kind", WHOLE)
def test_a_truncated_picture_is_unreadable_at_every_length(kind: str) -> None:
    whole = WHOLE[kind]

    accepted = [cut for cut in range(0, len(whole) - 2, 7) if decoding.is_decodable(whole[:cut])]

    assert accepted == []
    assert decoding.is_decodable(whole)


@pytest.mark.parametrize("kind", ["png", "palette"])
def test_an_appended_end_chunk_does_not_hide_a_cut(kind: str) -> None:
    whole = WHOLE[kind]

    accepted = [
        cut
        for cut in range(8, len(whole) - len(END_CHUNK))
        if decoding.is_decodable(whole[:cut] + END_CHUNK)
    ]

    assert accepted == []


@pytest.mark.parametrize("kind", WHOLE)
def test_junk_after_a_whole_picture_is_ignored(kind: str) -> None:
    plain = decoding.decode(WHOLE[kind], LIMITS).pixels

    assert (decoding.decode(WHOLE[kind] + b"junk\0\xff" * 50, LIMITS).pixels == plain).all()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xd9",
        b"\x89PNG\r\n\x1a\n",
        encoded(noise(), "BMP"),
        encoded(noise(), "GIF", "P"),
        encoded(noise(), "TIFF"),
        png_of_size(0, 10),
        png_of_size(40, 40, b"\0" * 100),
        png_of_size(40, 40, b"\x09" + b"\0" * 120),
        WHOLE["png"][:33] + END_CHUNK,
    ],
    ids=["empty", "text", "start", "start and end", "signature", "bmp", "gif", "tiff", "no width",
         "short data", "no such filter", "no data"],
)  # fmt: skip
def test_other_formats_and_broken_pictures_are_unreadable(content: bytes) -> None:
    assert refused(content) == "image_unreadable"


@pytest.mark.parametrize(("width", "height"), [(30_000, 30_000), (2**31 - 1, 2**31 - 1)])
def test_too_many_pixels_are_refused_by_the_header_before_decoding(width: int, height: int) -> None:
    with pytest.raises(ImageError, match=f"{width}x{height} pixels, over images.max_pixels=") as it:
        decoding.decode(png_of_size(width, height), ImagesConfig())

    assert it.value.reason == "image_too_large"


def test_a_whole_picture_of_zeros_is_not_unpacked_above_the_limit() -> None:
    side = 20_000
    code = """
import resource, sys
from components.faces import decoding, png
from schemas.config.blocks import ImagesConfig
from tests.repository import ROOT
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    decoding.decode(sys.stdin.buffer.read(), ImagesConfig())
except Exception as error:
    print(error.reason, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000)
"""
    packer = zlib.compressobj(1)
    row = b"\0" * (1 + 3 * side) * 100
    packed = b"".join(packer.compress(row) for _ in range(side // 100)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + END_CHUNK

    done = subprocess.run([sys.executable, "-c", code], input=bomb, capture_output=True, cwd=ROOT)

    assert done.stdout.split() == [b"image_too_large", b"True"], done.stderr


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_the_limits_themselves_are_accepted_and_one_pixel_beyond_is_not(kind: str) -> None:
    content = encoded(noise(), kind)

    limits = ImagesConfig(min_side=24, max_pixels=960)
    assert decoding.decode(content, limits).pixels.shape == (24, 40, 3)
    assert refused(content, ImagesConfig(min_side=25)) == "image_too_small"
    assert refused(content, ImagesConfig(max_pixels=959)) == "image_too_large"


def test_a_small_picture_that_is_broken_is_unreadable_and_not_too_small() -> None:
    content = encoded(noise(8, 8), "JPEG")

    assert refused(content, ImagesConfig()) == "image_too_small"
    assert refused(content[:-20], ImagesConfig()) == "image_unreadable"


def test_a_picture_outside_the_limits_is_decodable() -> None:
    assert decoding.is_decodable(encoded(noise(8, 8)))
    assert decoding.is_decodable(png_of_size(30_000, 30_000))
    assert not decoding.is_decodable(b"hello")


def test_random_bytes_raise_no_other_error() -> None:
    rng = np.random.default_rng(0)
    outcomes = set()
    for content in WHOLE.values():
        for _ in range(150):
            broken = np.frombuffer(content, np.uint8).copy()
            places = rng.integers(0, min(len(content), 700), 3)
            broken[places] = rng.integers(0, 256, 3)
            outcomes.add(decoding.is_decodable(broken.tobytes()))

    assert outcomes == {True, False}


@pytest.mark.parametrize("by", [2, 4, 8])
@pytest.mark.parametrize("turn", [1, 6])
def test_a_reduced_picture_has_the_size_of_its_source_and_is_oriented(by: int, turn: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    smooth = np.asarray(Image.fromarray(noise(6, 10)).resize((168, 96)))
    content = encoded(smooth, "JPEG", exif=exif, quality=95, subsampling=0)
    config = ImagesConfig(side=96 // by, fit="crop")

    result = decoding.decode(content, config, reduce=True)

    upright = by_pillow(content)
    height, width = result.pixels.shape[:2]
    box = Image.Resampling.BOX
    small = Image.fromarray(upright.astype(np.uint8)).resize((width, height), box)
    assert (result.height, result.width) == upright.shape[:2]
    assert sorted(result.pixels.shape[:2]) == [96 // by, 168 // by]
    assert np.abs(result.pixels.astype(int) - np.asarray(small)).mean() < 3


def test_a_truncated_picture_is_unreadable_when_reduced() -> None:
    whole = encoded(noise(256, 256), "JPEG")
    config = ImagesConfig(side=32)

    assert decoding.decode(whole, config, reduce=True).pixels.shape == (32, 32, 3)
    for cut in range(len(whole) // 10, len(whole), len(whole) // 10):
        with pytest.raises(ImageError) as caught:
            decoding.decode(whole[:cut], config, reduce=True)
        assert caught.value.reason == "image_unreadable"
