"""Decoding: JPEG or PNG bytes to upright RGB uint8; truncated data are an error."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from components.faces import jpeg, jpeg_markers, png, png_chunks
from components.faces.resize import Pixels, reduction
from schemas.config.blocks import ImagesConfig
from schemas.errors import ImageError

# By EXIF orientation: (counterclockwise rotations by 90 degrees, then whether to mirror).
_ORIENTATIONS = {1: (0, False), 2: (0, True), 3: (2, False), 4: (2, True),
                 5: (3, True), 6: (3, False), 7: (1, True), 8: (1, False)}  # fmt: skip
_TRANSPOSED = (5, 6, 7, 8)


class _Header(NamedTuple):
    """What is known of a picture before it is decoded."""

    height: int  # Pixels, as stored.
    width: int
    orientation: int
    decode: Callable[[int], Pixels]  # Takes the factor by which a JPEG is decoded smaller.


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
    header = _read_header(encoded, config.max_pixels)
    height, width = header.height, header.width
    if header.orientation in _TRANSPOSED:
        height, width = width, height
    factor = reduction(height, width, config.side, config.fit) if reduce else 1
    pixels = header.decode(factor)
    if min(height, width) < config.min_side:
        raise ImageError(
            "image_too_small", f"{width}x{height} pixels, under images.min_side={config.min_side}"
        )
    rotations, mirror = _ORIENTATIONS[header.orientation]
    rotated = np.rot90(pixels, rotations)
    upright = np.ascontiguousarray(rotated[:, ::-1] if mirror else rotated)
    return Decoded(upright, height, width)


def _read_header(encoded: bytes, max_pixels: int) -> _Header:
    if encoded.startswith(jpeg_markers.START):
        frame = jpeg_markers.read(encoded, max_pixels)
        decoder = partial(jpeg.decode, encoded, frame)
        return _Header(frame.height, frame.width, frame.orientation, decoder)
    if encoded.startswith(png_chunks.SIGNATURE):
        picture = png_chunks.read(encoded, max_pixels)
        return _Header(
            picture.height, picture.width, picture.orientation, lambda _: png.decode(picture)
        )
    came = f"a file that begins with {encoded[:8]!r}" if encoded else "the file is empty"
    raise ImageError("image_unreadable", f"{came}, expected a JPEG or PNG picture")


def is_decodable(encoded: bytes) -> bool:
    """Whether the picture decodes to its end, or is only outside the default size limits."""
    try:
        decode(encoded, ImagesConfig())
    except ImageError as error:
        return error.reason != "image_unreadable"
    return True
