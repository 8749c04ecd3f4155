"""Resizing a picture of any shape to a square: `stretch`, `pad` or `crop`."""

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]  # (height, width, 3), RGB.

STRETCH, PAD, CROP = "stretch", "pad", "crop"
REDUCTIONS = (8, 4, 2)  # Factors by which libjpeg and TensorFlow can decode a JPEG smaller.


def scaled_size(height: int, width: int, side: int, mode: str) -> tuple[int, int]:
    """Height and width of the whole picture after resizing.

    Args:
      height: of the picture, in pixels.
      width: of the picture.
      side: of the square.
      mode: `stretch` sets both sides; `pad` the longer one and `crop` the shorter one, and the
        other side keeps the aspect ratio, rounded half up, at least 1.
    """
    if mode == STRETCH:
        return side, side
    edge = max(height, width) if mode == PAD else min(height, width)
    return _scaled(height, side, edge), _scaled(width, side, edge)


def _scaled(length: int, side: int, edge: int) -> int:
    return max(1, (length * side + edge // 2) // edge)


def reduction(height: int, width: int, side: int, mode: str) -> int:
    """The factor by which a JPEG may be decoded smaller, such that the resize never enlarges it.

    Returns:
      8, 4 or 2, the largest whose multiple of the scaled size fits into the picture; else 1.
    """
    high, wide = scaled_size(height, width, side, mode)
    fitting = (by for by in REDUCTIONS if height >= by * high and width >= by * wide)
    return next(fitting, 1)


def fit_square(pixels: Pixels, side: int, mode: str) -> Pixels:
    """Resize a picture to a square, by area if no side grows, else bilinear.

    Args:
      pixels: uint8 (height, width, 3).
      side: output height and width, in pixels.
      mode: `stretch` changes the aspect ratio; `pad` centres the whole picture on black; `crop`
        keeps its central square.

    Returns:
      uint8 (side, side, 3).
    """
    high, wide = pixels.shape[:2]
    resized = _resize(pixels, *scaled_size(high, wide, side, mode))
    height, width = resized.shape[:2]
    if mode == PAD:
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
