"""How a picture of any shape fills a square: `stretch`, `pad` or `crop`."""

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]  # (height, width, 3), RGB.

STRETCH, PAD, CROP = "stretch", "pad", "crop"
REDUCTIONS = (8, 4, 2)  # By which libjpeg and TensorFlow alike decode a JPEG smaller.


def scaled_size(height: int, width: int, side: int, fit: str) -> tuple[int, int]:
    """Height and width that the whole picture is resized to.

    Args:
      height: of the picture, in pixels.
      width: of the picture.
      side: of the square.
      fit: `stretch` gives both sides the square's; `pad` the longer one and `crop` the shorter
        one, while the other keeps the proportion, rounded half up and at least 1.
    """
    if fit == STRETCH:
        return side, side
    edge = max(height, width) if fit == PAD else min(height, width)
    return _scaled(height, side, edge), _scaled(width, side, edge)


def _scaled(length: int, side: int, edge: int) -> int:
    return max(1, (length * side + edge // 2) // edge)


def reduction(height: int, width: int, side: int, fit: str) -> int:
    """By how much a JPEG may be decoded smaller: the resize after it never enlarges.

    Returns:
      8, 4 or 2, the largest whose multiple of the scaled size fits into the picture; else 1.
    """
    high, wide = scaled_size(height, width, side, fit)
    return next((by for by in REDUCTIONS if height >= by * high and width >= by * wide), 1)


def fit_square(pixels: Pixels, side: int, fit: str) -> Pixels:
    """Bring a picture to a square, by area where no side grows and bilinear elsewhere.

    Args:
      pixels: uint8 (height, width, 3).
      side: output height and width, in pixels.
      fit: `stretch` changes the proportion; `pad` keeps the whole picture, centred on black;
        `crop` keeps the centred square of it.

    Returns:
      uint8 (side, side, 3).
    """
    high, wide = pixels.shape[:2]
    resized = _resize(pixels, *scaled_size(high, wide, side, fit))
    height, width = resized.shape[:2]
    if fit == PAD:
        square = np.zeros((side, side, 3), np.uint8)
        top, left = (side - height) // 2, (side - width) // 2
        square[top : top + height, left : left + width] = resized
        return square
    top, left = (height - side) // 2, (width - side) // 2
    return np.ascontiguousarray(resized[top : top + side, left : left + side])


def _resize(pixels: Pixels, height: int, width: int) -> Pixels:
    grows = pixels.shape[0] < height or pixels.shape[1] < width
    method = cv2.INTER_LINEAR if grows else cv2.INTER_AREA
    resized: Pixels = cv2.resize(pixels, (width, height), interpolation=method)
    return resized
