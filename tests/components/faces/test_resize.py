"""Resizing and fitting, against plain loops."""

import numpy as np
import numpy.typing as npt
import pytest

from components.faces import resize
from tests.components.faces.pictures import noise


@pytest.mark.parametrize("side", [8, 12, 24])
def test_a_side_that_divides_gives_the_plain_mean_of_blocks(side: int) -> None:
    pixels = noise(48, 72)
    blocks = pixels.reshape(side, 48 // side, side, 72 // side, 3)

    result = resize.fit_square(pixels, side, "stretch")

    assert result.shape == (side, side, 3)
    assert np.abs(result - blocks.mean(axis=(1, 3))).max() <= 0.5 + 1e-6


@pytest.mark.parametrize("fit", ["stretch", "pad", "crop"])
def test_a_picture_of_the_output_size_is_unchanged(fit: str) -> None:
    assert (resize.fit_square(noise(16, 16), 16, fit) == noise(16, 16)).all()


def bilinear(row: npt.NDArray[np.float64], side: int) -> npt.NDArray[np.float64]:
    """Pixel centres at (i + 0.5) / side of the length, the ends repeated."""
    places = (np.arange(side) + 0.5) * len(row) / side - 0.5
    return np.interp(places, np.arange(len(row)), row)


def test_a_picture_that_grows_on_one_side_is_bilinear_on_both() -> None:
    pixels = noise(8, 48)

    result = resize.fit_square(pixels, 16, "stretch")

    wide = np.apply_along_axis(bilinear, 1, pixels.astype(float), 16)
    expected = np.apply_along_axis(bilinear, 0, wide, 16)
    assert np.abs(result - expected).max() <= 1


@pytest.mark.parametrize(("height", "width"), [(48, 24), (24, 48)])
def test_pad_keeps_the_proportion_between_equal_black_bars(height: int, width: int) -> None:
    pixels = np.maximum(noise(height, width), 1)
    small = pixels.reshape(height // 2, 2, width // 2, 2, 3).mean(axis=(1, 3))

    result = resize.fit_square(pixels, 24, "pad")

    if width > height:
        result, small = result.transpose(1, 0, 2), small.transpose(1, 0, 2)
    assert not result[:, :6].any()
    assert not result[:, 18:].any()
    assert np.abs(result[:, 6:18] - small).max() <= 0.5 + 1e-6


@pytest.mark.parametrize(("height", "width"), [(24, 48), (48, 24)])
def test_crop_keeps_the_centred_square(height: int, width: int) -> None:
    pixels = noise(height, width)
    top, left = (height - 24) // 2, (width - 24) // 2
    middle = pixels[top : top + 24, left : left + 24]

    result = resize.fit_square(pixels, 12, "crop")

    assert np.abs(result - middle.reshape(12, 2, 12, 2, 3).mean(axis=(1, 3))).max() <= 0.5 + 1e-6


@pytest.mark.parametrize("fit", ["stretch", "pad", "crop"])
@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1), (7, 9), (33, 16), (2000, 3)])
def test_every_shape_fills_the_square_without_new_levels(fit: str, size: tuple[int, int]) -> None:
    pixels = np.full((*size, 3), 200, np.uint8)

    result = resize.fit_square(pixels, 16, fit)

    assert result.shape == (16, 16, 3)
    assert result.flags.c_contiguous
    assert set(np.unique(result)) <= ({0, 200} if fit == "pad" else {200})


@pytest.mark.parametrize(
    ("size", "fit", "expected"),
    [
        ((816, 816), "stretch", 4),  # 204 pixels are enough for 128, 102 are not.
        ((255, 255), "stretch", 1),
        ((256, 256), "stretch", 2),
        ((256, 255), "stretch", 1),
        ((1024, 1024), "stretch", 8),
        ((5000, 5000), "stretch", 8),
        ((256, 1000), "stretch", 2),
        ((256, 64), "pad", 2),
        ((256, 64), "crop", 1),
        ((1024, 300), "crop", 2),
        ((1024, 304), "pad", 8),
        ((1024, 303), "pad", 4),
        ((1, 1), "pad", 1),
    ],
)
def test_reduced_decoding_keeps_at_least_the_required_size(
    size: tuple[int, int], fit: str, expected: int
) -> None:
    assert resize.reduction(*size, 128, fit) == expected


def test_the_other_side_is_rounded_half_up_and_at_least_one() -> None:
    assert resize.scaled_size(100, 33, 50, "pad") == (50, 17)
    assert resize.scaled_size(100, 33, 50, "crop") == (152, 50)
    assert resize.scaled_size(1000, 1, 16, "pad") == (16, 1)
