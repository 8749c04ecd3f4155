"""Resizing, storing and measuring, against plain loops."""

import numpy as np
import numpy.typing as npt
import pytest

from components.faces import images
from tests.components.faces.pictures import LIMITS, noise


@pytest.mark.parametrize("side", [8, 12, 24])
def test_a_side_that_divides_gives_the_plain_mean_of_blocks(side: int) -> None:
    pixels = noise(48, 72)
    blocks = pixels.reshape(side, 48 // side, side, 72 // side, 3)

    found = images.resize(pixels, side)

    assert found.shape == (side, side, 3)
    assert np.abs(found - blocks.mean(axis=(1, 3))).max() <= 0.5 + 1e-6


def test_a_picture_of_the_wanted_size_is_unchanged() -> None:
    assert (images.resize(noise(16, 16), 16) == noise(16, 16)).all()


def bilinear(row: npt.NDArray[np.float64], side: int) -> npt.NDArray[np.float64]:
    """Pixel centres at (i + 0.5) / side of the length, the ends repeated."""
    places = (np.arange(side) + 0.5) * len(row) / side - 0.5
    return np.interp(places, np.arange(len(row)), row)


def test_a_picture_that_grows_on_one_side_is_bilinear_on_both() -> None:
    pixels = noise(8, 48)

    found = images.resize(pixels, 16)

    wide = np.apply_along_axis(bilinear, 1, pixels.astype(float), 16)
    wanted = np.apply_along_axis(bilinear, 0, wide, 16)
    assert np.abs(found - wanted).max() <= 1


def test_png_keeps_every_pixel_and_jpeg_nearly() -> None:
    smooth = images.resize(noise(4, 4), 32)

    assert (images.decode(images.encode(smooth, "png", 95), LIMITS) == smooth).all()
    jpeg = images.encode(smooth, "jpeg", 95)
    assert jpeg[:3] == b"\xff\xd8\xff"
    assert np.abs(images.decode(jpeg, LIMITS).astype(int) - smooth).mean() < 4


def test_equal_pixels_give_equal_bytes_and_less_quality_gives_fewer() -> None:
    sizes = [len(images.encode(noise(), "jpeg", quality)) for quality in (95, 50, 5)]

    assert images.encode(noise(), "jpeg", 95) == images.encode(noise(), "jpeg", 95)
    assert sizes == sorted(sizes, reverse=True)


def test_blur_and_brightness_are_those_of_a_plain_computation() -> None:
    pixels = noise(16, 16)
    weights = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601.
    grey = np.rint(pixels @ weights)
    # The four neighbours less four times the middle; beyond the edge the picture is mirrored.
    wide = np.pad(grey, 1, mode="reflect")
    around = wide[:-2, 1:-1] + wide[2:, 1:-1] + wide[1:-1, :-2] + wide[1:-1, 2:]

    found = images.measure(pixels)

    assert found.brightness == pytest.approx(grey.mean(), abs=0.1)
    assert found.blur == pytest.approx(np.var(around - 4 * grey), rel=0.01)


def test_an_even_picture_has_no_edges() -> None:
    assert images.measure(np.full((8, 8, 3), 77, np.uint8)) == (0.0, 77.0)
