"""Preparing, storing and measuring a face."""

from dataclasses import replace
from typing import Literal

import numpy as np
import pytest
from PIL import Image

from components.faces import prepare
from components.faces.align import align_eyes, eye_template
from components.faces.detector import find_face
from components.faces.resize import fit_square
from schemas.config.blocks import ImagesConfig
from schemas.errors import ImageError
from tests.components.faces.drawn_faces import drawn
from tests.components.faces.pictures import by_pillow, encoded, noise


def test_png_keeps_every_pixel_and_jpeg_nearly() -> None:
    smooth = fit_square(noise(4, 4), 32, "stretch")

    png = prepare.encode(smooth, ImagesConfig(encoding="png"))
    assert (by_pillow(png) == smooth).all()
    jpeg = prepare.encode(smooth, ImagesConfig())
    assert jpeg[:3] == b"\xff\xd8\xff"
    assert np.abs(by_pillow(jpeg) - smooth).mean() < 4


def test_raw_is_the_pixels_row_by_row() -> None:
    pixels = noise(16, 16)

    stored = prepare.encode(pixels, ImagesConfig(encoding="raw"))

    assert stored == bytes(
        int(pixels[row, column, channel])
        for row in range(16)
        for column in range(16)
        for channel in range(3)
    )


def test_equal_pixels_give_equal_bytes_and_less_quality_gives_fewer() -> None:
    settings = [ImagesConfig(quality=quality) for quality in (95, 50, 5)]

    sizes = [len(prepare.encode(noise(), config)) for config in settings]

    assert prepare.encode(noise(), settings[0]) == prepare.encode(noise(), settings[0])
    assert sizes == sorted(sizes, reverse=True)


def test_blur_and_brightness_are_those_of_a_plain_computation() -> None:
    pixels = noise(16, 16)
    weights = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601.
    grey = np.rint(pixels @ weights)
    # The four neighbours less four times the middle; beyond the edge the picture is mirrored.
    wide = np.pad(grey, 1, mode="reflect")
    around = wide[:-2, 1:-1] + wide[2:, 1:-1] + wide[1:-1, :-2] + wide[1:-1, 2:]

    result = prepare.measure(pixels)

    assert result.brightness == pytest.approx(grey.mean(), abs=0.1)
    assert result.blur == pytest.approx(np.var(around - 4 * grey), rel=0.01)


def test_an_even_picture_has_no_edges() -> None:
    assert prepare.measure(np.full((8, 8, 3), 77, np.uint8)) == (0.0, 77.0)


Fit = Literal["stretch", "pad", "crop"]
SQUARE = ImagesConfig(side=16, min_side=1)


@pytest.mark.parametrize("fit", ["stretch", "pad", "crop"])
@pytest.mark.parametrize("turn", [1, 6])
def test_a_picture_is_oriented_before_it_is_resized(
    fit: Literal["stretch", "pad", "crop"], turn: int
) -> None:
    config = replace(SQUARE, fit=fit)
    exif = Image.Exif()
    exif[0x0112] = turn
    content = encoded(noise(40, 90), exif=exif)

    result = prepare.prepare(content, config)

    upright = by_pillow(content).astype(np.uint8)
    assert (result.pixels == fit_square(upright, 16, fit)).all()
    assert (result.height, result.width) == upright.shape[:2]
    assert result.face_found is None


@pytest.mark.parametrize("side", [64, 100, 128])
def test_a_jpeg_that_is_decoded_smaller_is_nearly_the_whole_one_resized(side: int) -> None:
    smooth = fit_square(noise(12, 12), 816, "stretch")
    content = encoded(smooth, "JPEG", quality=90)

    result = prepare.prepare(content, ImagesConfig(side=side))

    whole = fit_square(by_pillow(content).astype(np.uint8), side, "stretch")
    assert np.abs(result.pixels.astype(int) - whole).mean() <= 1.5
    assert (result.height, result.width) == (816, 816)


def test_an_aligned_face_is_stored_and_the_whole_picture_without_one() -> None:
    config = ImagesConfig(align="eyes", margin=0.2, side=64)

    with_face = prepare.prepare(encoded(drawn()), config)
    without = prepare.prepare(encoded(noise(90, 70)), config)

    face = find_face(drawn())
    assert face is not None
    expected = align_eyes(drawn(), face, eye_template(0.2), 64)
    assert np.array_equal(with_face.pixels, expected)
    assert (with_face.face_found, with_face.height, with_face.width) == (True, 816, 816)
    assert np.array_equal(without.pixels, fit_square(noise(90, 70), 64, "stretch"))
    assert (without.face_found, without.face) == (False, None)


@pytest.mark.parametrize("align", ["crop", "eyes"])
def test_a_picture_without_a_face_is_rejected_where_the_config_says_so(
    align: Literal["crop", "eyes"],
) -> None:
    config = ImagesConfig(align=align, no_face="reject")

    with pytest.raises(ImageError, match="no face was detected") as caught:
        prepare.prepare(encoded(noise(90, 70)), config)

    assert caught.value.reason == "no_face"


def test_detection_alone_changes_no_pixel_and_rejects_nothing() -> None:
    config = ImagesConfig(no_face="reject")

    for picture in (drawn(), noise(300, 300)):
        plain = prepare.prepare(encoded(picture), config)
        detected = prepare.prepare(encoded(picture), config, detect=True)

        assert np.array_equal(plain.pixels, detected.pixels)
        assert plain.face_found is None
        assert detected.face_found == (detected.face is not None) == (picture is drawn())
