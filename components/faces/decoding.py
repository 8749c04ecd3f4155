"""Decoding: JPEG or PNG bytes to upright RGB uint8, never a partial picture."""

from typing import NamedTuple

import numpy as np

from components.faces import jpeg, opencv
from components.faces.headers import read_header
from components.faces.resize import Pixels, reduction
from schemas.config.blocks import ImagesConfig
from schemas.errors import ImageError

# What to do for each EXIF orientation: (turns by 90 degrees against the clock, then mirror).
_TURNS = {1: (0, False), 2: (0, True), 3: (2, False), 4: (2, True),
          5: (3, True), 6: (3, False), 7: (1, True), 8: (1, False)}  # fmt: skip
_PNG_END = b"IEND"


class Decoded(NamedTuple):
    """A decoded picture, turned as its EXIF says."""

    pixels: Pixels  # At the source's size, or reduced by 2, 4 or 8.
    height: int  # Pixels of the source, after the turn.
    width: int


def decode(encoded: bytes, config: ImagesConfig, *, reduce: bool = False) -> Decoded:
    """Decode a whole picture.

    Args:
      encoded: JPEG or PNG bytes of any colour type.
      config: `max_pixels` is checked by the header before decoding, `min_side` after: a broken
        picture is unreadable, however small.
      reduce: let libjpeg decode a JPEG 2, 4 or 8 times smaller, while that is no smaller than what
        `side` and `fit` of the config need. It saves the inverse transform, not the check: all of
        the data are still read.

    Raises:
      ImageError: `image_too_large`, `image_unreadable` (broken, or its data end early), or
        `image_too_small`.
    """
    header = read_header(encoded, config.max_pixels)
    height, width = header.turned
    by = reduction(height, width, config.side, config.fit) if reduce else 1
    pixels = _decode_png(encoded) if header.format == "PNG" else jpeg.decode(encoded, header, by)
    if min(height, width) < config.min_side:
        raise ImageError(
            "image_too_small", f"{width}x{height} pixels, under images.min_side={config.min_side}"
        )
    turns, mirror = _TURNS[header.orientation]
    turned = np.rot90(pixels, turns)
    upright = np.ascontiguousarray(turned[:, ::-1] if mirror else turned)
    return Decoded(upright, height, width)


def _decode_png(encoded: bytes) -> Pixels:
    # Pillow and OpenCV miss an end that is cut off behind the last row.
    if _PNG_END not in encoded:
        raise ImageError("image_unreadable", "the data end early: no closing chunk")
    return opencv.decode(encoded)


def is_decodable(encoded: bytes) -> bool:
    """Whether the picture decodes to its end, or is only outside the default size limits."""
    try:
        decode(encoded, ImagesConfig())
    except ImageError as error:
        return error.reason != "image_unreadable"
    return True
