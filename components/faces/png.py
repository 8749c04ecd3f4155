"""PNG decoding: the pixels of checked chunks, or the fault of the picture."""

import subprocess
import sys

import numpy as np

from components.faces import opencv_png, png_faults
from components.faces.png_chunks import Png
from components.faces.resize import Pixels
from schemas.errors import ImageError

_PATIENCE = 60  # Seconds for one picture in a process of its own; 50 million pixels take 5.


def decode(png: Png) -> Pixels:
    """Decode a checked PNG to uint8 (height, width, 3), RGB, without applying the orientation.

    A picture whose file has animation or damaged chunks is decoded in a process of its own, though
    the decoder receives none of them: files of this kind have crashed it.

    Raises:
      ImageError: `image_unreadable`: rows are missing, the compressed data are broken, or the
        decoder crashed.
    """
    decoder = decode_apart if png.is_unusual else opencv_png.decode
    pixels = decoder(png.encoded)
    if pixels is None:
        raise ImageError(
            "image_unreadable", f"not decodable: {png_faults.find(png.encoded)}; replace the file"
        )
    return pixels


def decode_apart(encoded: bytes) -> Pixels | None:
    """`opencv_png.decode` in a process of its own, so that a crash costs this picture alone.

    Raises:
      ImageError: `image_unreadable` if that process crashed or took too long.
    """
    command = [sys.executable, "-P", opencv_png.__file__]
    try:
        done = subprocess.run(
            command, input=encoded, capture_output=True, timeout=_PATIENCE, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise ImageError(
            "image_unreadable", f"the decoder did not end within {_PATIENCE} s; save it again"
        ) from error
    if done.returncode:
        raise ImageError(
            "image_unreadable", f"the decoder crashed (signal {-done.returncode}); save it again"
        )
    if not done.stdout:
        return None
    height, width = opencv_png.SHAPE.unpack_from(done.stdout)
    pixels = np.frombuffer(done.stdout, np.uint8, offset=opencv_png.SHAPE.size)
    return pixels.reshape(height, width, 3)
