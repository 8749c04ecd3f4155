"""A hash of what a picture shows: equal or nearly so for copies that were scaled or encoded anew.

A perceptual hash by the discrete cosine transform (Zauner 2010), of 255 bits in place of the usual
63: faces that are aligned alike share their low frequencies.
"""

import cv2
import numpy as np

from components.faces.decoding import decode
from components.faces.resize import Pixels
from schemas.config.blocks import ImagesConfig
from schemas.errors import ImageError

SIDE = 64  # Pixels of the grey picture that is transformed.
_LOW = 8  # Frequencies up to here, in both directions, are the first 64 bits.
_ALL = 16  # The frequencies whose signs are the 256 bits; that of the mean is always 0.

# Coefficients above 1 that a hash needs. A picture with fewer is flat or a mere gradient: its signs
# are noise. The fewest of 2,927 UTKFace and 118 FairFace faces are 237.
_LEAST = 128


def near_hash(pixels: Pixels) -> str | None:
    """The hash of a picture, uint8 (height, width, 3) RGB, as 64 hex digits; None if it is flat.

    The first 16 digits are the signs of the 8 x 8 lowest frequencies, two digits a row.
    """
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    method = cv2.INTER_AREA if min(grey.shape) >= SIDE else cv2.INTER_LINEAR
    square = cv2.resize(grey, (SIDE, SIDE), interpolation=method).astype(np.float32)
    waves = cv2.dct(square)[:_ALL, :_ALL]
    waves[0, 0] = 0
    if np.count_nonzero(np.abs(waves) > 1) < _LEAST:
        return None
    signs = waves > 0
    parts = signs[:_LOW, :_LOW], signs[:_LOW, _LOW:], signs[_LOW:]
    return np.packbits(np.concatenate([part.ravel() for part in parts])).tobytes().hex()


def read_near_hash(encoded: bytes, limits: ImagesConfig) -> str | None:
    """The hash of JPEG or PNG bytes; None for a picture that is flat, unreadable or off limits.

    Of `limits` the smallest side and the largest number of pixels are read.
    """
    small = ImagesConfig(
        side=SIDE, fit="stretch", min_side=limits.min_side, max_pixels=limits.max_pixels
    )
    try:
        return near_hash(decode(encoded, small, reduce=True).pixels)
    except ImageError:
        return None
