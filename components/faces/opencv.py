"""Decoding by OpenCV: it reads more kinds of picture than others, and tells of no loss."""

import cv2
import numpy as np

from components.faces.resize import Pixels
from schemas.errors import ImageError

_FLAGS = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION


def decode(encoded: bytes) -> Pixels:
    """Decode at the source's size, not turned; the caller checks that nothing is lost.

    Raises:
      ImageError: `image_unreadable`, where OpenCV gives no pixels at all.
    """
    try:
        pixels = cv2.imdecode(np.frombuffer(encoded, np.uint8), _FLAGS)
    except cv2.error as error:
        raise ImageError("image_unreadable", f"not decodable: {error.err}") from error
    if pixels is None:
        raise ImageError("image_unreadable", "not decodable")
    rgb: Pixels = cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)
    return rgb
