"""JPEG decoding that treats every warning of libjpeg as an error."""

import numpy as np
import simplejpeg

from components.faces.headers import Header
from components.faces.resize import Pixels
from schemas.errors import ImageError

_BLOCK = 8  # Pixels; a picture has at least as many blocks as MCUs.
_MAX_INTERVAL = 0xFFFF  # MCUs.
_START_BYTES = 2
_DRI = b"\xff\xdd\0\4" + _MAX_INTERVAL.to_bytes(2)  # Restart interval (T.81, B.2.4.4).


def decode(encoded: bytes, header: Header, factor: int) -> Pixels:
    """Decode a whole JPEG, reduced by `factor` (1, 2, 4 or 8), without applying the orientation.

    `read_header` has already checked that no scan is missing.

    Raises:
      ImageError: `image_unreadable`, with the first warning or error of libjpeg. JPEG has no
        checksum: damage that leaves valid Huffman codes is not detected.
    """
    try:
        pixels = simplejpeg.decode_jpeg(
            _with_checked_codes(encoded, header),
            colorspace="CMYK" if header.is_cmyk else "RGB",
            min_height=-(-header.height // factor),
            min_width=-(-header.width // factor),
            strict=True,
        )
    except ValueError as error:
        raise ImageError(
            "image_unreadable",
            f"libjpeg reports {str(error)!r}, expected a JPEG without warnings; replace the file "
            "or save it again",
        ) from error
    return _cmyk_to_rgb(pixels) if header.is_cmyk else pixels


def _with_checked_codes(encoded: bytes, header: Header) -> bytes:
    """The same picture with a restart interval longer than the picture, where one exists.

    Without restart intervals libjpeg-turbo uses a faster routine, which reads an invalid Huffman
    code as zero and gives no warning (jdhuff.c, `decode_mcu_fast`). An interval of the file itself
    follows this one and replaces it.
    """
    blocks = -(-header.height // _BLOCK) * -(-header.width // _BLOCK)
    if blocks > _MAX_INTERVAL:
        return encoded
    return encoded[:_START_BYTES] + _DRI + encoded[_START_BYTES:]


def _cmyk_to_rgb(cmyk: Pixels) -> Pixels:
    """RGB of CMYK that is stored inverted, as Adobe's programs do; the same as TensorFlow's."""
    black = cmyk[..., 3:].astype(np.uint16)
    return (cmyk[..., :3] * black // 255).astype(np.uint8)
