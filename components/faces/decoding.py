"""Decoding: JPEG or PNG bytes to upright RGB uint8; truncated data are an error."""

from typing import NamedTuple

import cv2
import numpy as np

from components.faces import jpeg
from components.faces.headers import read_header
from components.faces.resize import Pixels, reduction
from schemas.config.blocks import ImagesConfig
from schemas.errors import ImageError

# By EXIF orientation: (counterclockwise rotations by 90 degrees, then whether to mirror).
_ORIENTATIONS = {1: (0, False), 2: (0, True), 3: (2, False), 4: (2, True),
                 5: (3, True), 6: (3, False), 7: (1, True), 8: (1, False)}  # fmt: skip
_PNG_END = b"IEND"
_OPENCV_FLAGS = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION


class Decoded(NamedTuple):
    """A decoded picture with its EXIF orientation applied."""

    pixels: Pixels  # At the source's size, or reduced by 2, 4 or 8.
    height: int  # Pixels of the source, oriented.
    width: int


def decode(encoded: bytes, config: ImagesConfig, *, reduce: bool = False) -> Decoded:
    """Decode a whole picture.

    Args:
      encoded: JPEG or PNG bytes of any colour type.
      config: `max_pixels` is checked by the header before decoding, `min_side` after it: a broken
        picture is unreadable, however small.
      reduce: let libjpeg decode a JPEG 2, 4 or 8 times smaller, as long as it is no smaller than
        `side` and `fit` of the config require. Saves part of the inverse transform; all data are
        still read and checked.

    Raises:
      ImageError: `image_too_large`, `image_unreadable` (broken or truncated), or
        `image_too_small`.
    """
    header = read_header(encoded, config.max_pixels)
    height, width = header.oriented_size
    factor = reduction(height, width, config.side, config.fit) if reduce else 1
    is_png = header.format == "PNG"
    pixels = _decode_png(encoded) if is_png else jpeg.decode(encoded, header, factor)
    if min(height, width) < config.min_side:
        raise ImageError(
            "image_too_small", f"{width}x{height} pixels, under images.min_side={config.min_side}"
        )
    rotations, mirror = _ORIENTATIONS[header.orientation]
    rotated = np.rot90(pixels, rotations)
    upright = np.ascontiguousarray(rotated[:, ::-1] if mirror else rotated)
    return Decoded(upright, height, width)


def _decode_png(encoded: bytes) -> Pixels:
    # Neither Pillow nor OpenCV reports an end that is missing after the last row.
    if _PNG_END not in encoded:
        raise ImageError("image_unreadable", "the data end early: no closing chunk")
    try:
        pixels = cv2.imdecode(np.frombuffer(encoded, np.uint8), _OPENCV_FLAGS)
    except cv2.error as error:
        raise ImageError("image_unreadable", f"not decodable: {error.err}") from error
    if pixels is None:
        raise ImageError("image_unreadable", "not decodable")
    rgb: Pixels = cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)
    return rgb


def is_decodable(encoded: bytes) -> bool:
    """Whether the picture decodes to its end, or is only outside the default size limits."""
    try:
        decode(encoded, ImagesConfig())
    except ImageError as error:
        return error.reason != "image_unreadable"
    return True
