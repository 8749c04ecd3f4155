"""PNG decoding by OpenCV; as a script, of one picture from standard input in its own process."""

import struct
import sys

import cv2
import numpy as np
import numpy.typing as npt

SHAPE = struct.Struct(">II")  # Height and width, before the pixels on standard output.
_FLAGS = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION


def decode(encoded: bytes) -> npt.NDArray[np.uint8] | None:
    """Decode a PNG to uint8 (height, width, 3), RGB; None if OpenCV cannot."""
    try:
        pixels = cv2.imdecode(np.frombuffer(encoded, np.uint8), _FLAGS)
    except cv2.error:
        return None
    return None if pixels is None else cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB, dst=pixels)


if __name__ == "__main__":
    decoded = decode(sys.stdin.buffer.read())
    if decoded is not None:
        sys.stdout.buffer.write(SHAPE.pack(*decoded.shape[:2]) + decoded.tobytes())
