"""JPEG decoding that refuses every warning of libjpeg about the picture's data."""

from collections.abc import Callable
from functools import partial

import numpy as np
import simplejpeg

from components.faces import jpeg_markers, jpeg_repairs
from components.faces.jpeg_markers import Frame
from components.faces.resize import Pixels
from schemas.errors import ImageError

_MAX_INTERVAL = 0xFFFF  # MCUs.
_DRI = b"\xff\xdd\0\4" + _MAX_INTERVAL.to_bytes(2)  # Restart interval (T.81, B.2.4.4).
_CMYK = 4  # Channels.


def decode(encoded: bytes, frame: Frame, factor: int) -> Pixels:
    """Decode a whole JPEG, reduced by `factor` (1, 2, 4 or 8), without applying the orientation.

    `jpeg_markers.read` has already checked that no scan is missing. Where libjpeg warns, the
    file is decoded again without its harmless faults, those of the header and bytes behind the
    data; a warning then is one about the data.

    Raises:
      ImageError: `image_unreadable`, with the first warning or error of libjpeg. JPEG has no
        checksum: damage that leaves valid Huffman codes is not detected.
    """
    try:
        return _strictly(encoded, frame, factor)
    except ValueError as error:
        warning = str(error)
    for repair in jpeg_repairs.REPAIRS:
        repaired = repair(encoded, warning)
        if repaired == encoded:
            continue
        encoded = repaired
        try:
            return _strictly(
                encoded, jpeg_markers.read(encoded, frame.height * frame.width), factor
            )
        except ValueError as error:
            warning = str(error)
    raise ImageError(
        "image_unreadable",
        f"libjpeg reports {warning!r}, expected a JPEG without warnings about its data; replace "
        "the file or save it again",
    )


def _strictly(encoded: bytes, frame: Frame, factor: int) -> Pixels:
    """Decode with every warning as ValueError, that of an invalid Huffman code included.

    Without restart intervals libjpeg-turbo uses a faster routine, which reads an invalid code as
    zero and gives no warning (jdhuff.c, `decode_mcu_fast`). An interval longer than the picture
    selects the other one; where the picture is longer than any interval, it is decoded three times.
    """
    decoder = partial(
        simplejpeg.decode_jpeg,
        colorspace="CMYK" if frame.channels == _CMYK else "RGB",
        min_height=-(-frame.height // factor),
        min_width=-(-frame.width // factor),
        strict=True,
    )
    if 0 < frame.longest_run <= _MAX_INTERVAL:
        encoded = encoded[: frame.first_scan] + _DRI + encoded[frame.first_scan :]
    pixels = decoder(encoded)
    if frame.longest_run > _MAX_INTERVAL and _has_invalid_codes(encoded, pixels, decoder):
        raise ValueError("Corrupt JPEG data: bad Huffman code")
    return _cmyk_to_rgb(pixels) if frame.channels == _CMYK else pixels


def _has_invalid_codes(encoded: bytes, pixels: Pixels, decoder: Callable[[bytes], Pixels]) -> bool:
    """Whether the data contain an invalid Huffman code, from two forms of the file.

    A code of sixteen ones goes unnoticed in blocks of less than 64 bits.
    """
    try:
        decoder(jpeg_repairs.with_marked_ones(encoded))
        return not np.array_equal(pixels, decoder(jpeg_repairs.with_filled_codes(encoded)))
    except ValueError:
        return True


def _cmyk_to_rgb(cmyk: Pixels) -> Pixels:
    """RGB of CMYK that is stored inverted, as Adobe's programs do; the same as TensorFlow's."""
    black = cmyk[..., 3:].astype(np.uint16)
    return (cmyk[..., :3] * black // 255).astype(np.uint8)
