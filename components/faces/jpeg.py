"""Decoding JPEG so that no loss stays hidden: libjpeg tells its first complaint, and no other."""

import re
from collections.abc import Callable
from functools import partial

import numpy as np
import simplejpeg

from components.faces import opencv
from components.faces.headers import Header
from components.faces.jpeg_markers import rebuilt, replaced, scans
from components.faces.resize import Pixels
from schemas.errors import ImageError

_Decoder = Callable[[bytes], Pixels]  # Raises ValueError.

# Words of libjpeg and of its TurboJPEG interface. All that is not listed here means a loss.
_UNKNOWN_SAMPLING = "Could not determine subsampling level"
_RAN_OUT = "premature end of data segment"
_LEFT_OVER = re.compile(r"(\d+) extraneous bytes before marker 0x(\w\w)")
_END_MARKER = "d9"
_MAX_LEFT_OVER = 16  # Bytes: data of which codes were misread leave more in most cases.

# The end of a restart interval or a scan, and the zeros before it: padding, as some cameras write
# it, or data. One zero behind 0xff belongs to that byte. Each run of bytes is looked at once.
_INTERVAL_END = re.compile(rb"(?<!\xff)\xff++[\xd0-\xd7]|\Z")
_ZEROS = re.compile(rb"(?:(?<=\xff\0)|(?<![\xff\0]))\0++(?=\xff++[\xd0-\xd7]|\Z)")
_MAX_ZEROS = 4  # Bytes that may be data: the usual codes end in one at most.
_JUNK = bytes(range(90, 122))  # Neither a marker nor a plausible run of codes.
_INKS = 4


def decode(encoded: bytes, header: Header, by: int) -> Pixels:
    """Decode a whole JPEG, `by` times smaller (1, 2, 4 or 8), not turned.

    A picture whose subsampling libjpeg-turbo has no name for comes at its own size. That no scan
    is missing was seen when the header was read.

    Raises:
      ImageError: `image_unreadable`: data of some scan or restart interval are missing, left
        over, or no codes. JPEG has no checksum, so other damage cannot be told.
    """
    read = partial(
        simplejpeg.decode_jpeg,
        colorspace="CMYK" if header.four_colours else "RGB",
        min_height=-(-header.height // by),
        min_width=-(-header.width // by),
    )
    try:
        pixels = _decode(encoded, partial(read, strict=True), partial(read, strict=False))
    except ValueError as error:
        raise ImageError(
            "image_unreadable", f"the picture's data are broken or end early: {error}"
        ) from error
    return _mixed(pixels) if pixels.shape[2] == _INKS else pixels


def _decode(encoded: bytes, strict: _Decoder, loose: _Decoder) -> Pixels:
    try:
        return strict(encoded)
    except ValueError:
        clean = rebuilt(encoded)  # An odd header would hide what is wrong with the data.
    try:
        return strict(clean)
    except ValueError as error:
        if _UNKNOWN_SAMPLING in str(error):
            return _decode_by_opencv(clean)
        if not _LEFT_OVER.search(str(error)):
            raise
    return _decode_padded(clean, strict, loose)


def _decode_padded(clean: bytes, strict: _Decoder, loose: _Decoder) -> Pixels:
    """Decode what is whole if the bytes that are left over are zeros, or a few before the end."""
    bare = replaced(clean, partial(_ZEROS.sub, b""))
    try:
        return strict(bare)
    except ValueError as error:
        if _left_over(error, _END_MARKER) <= _MAX_LEFT_OVER:
            return loose(bare)
        if _RAN_OUT not in str(error):
            raise
    # Some of the zeros were data.
    filled = replaced(clean, partial(_ZEROS.sub, lambda zeros: zeros[0][:_MAX_ZEROS]))
    try:
        return strict(filled)
    except ValueError as error:
        # libjpeg counts what it does not tell, so the number may be of several intervals.
        if _left_over(error) > len(filled) - len(bare) + _MAX_LEFT_OVER:
            raise
    return _decode_unless_short(filled, loose)


def _left_over(error: ValueError, marker: str = "") -> float:
    """Bytes that libjpeg found left over in front of a marker; infinite if it says otherwise."""
    found = _LEFT_OVER.search(str(error))
    return int(found[1]) if found and found[2].startswith(marker) else np.inf


def _decode_unless_short(content: bytes, decoder: _Decoder) -> Pixels:
    """Decode without a decoder's word that data ran out: it would read what is put behind them."""
    pixels = decoder(content)
    longer = replaced(content, partial(_INTERVAL_END.sub, lambda end: _JUNK + end[0]))
    if not np.array_equal(decoder(longer), pixels):
        raise ValueError("the data of a scan or restart interval end early")
    return pixels


def _decode_by_opencv(clean: bytes) -> Pixels:
    """Decode with a check that the data end where each scan ends: OpenCV tells of no loss."""
    pixels = _decode_unless_short(clean, opencv.decode)
    for begin, end in scans(clean):
        last = end - len(_JUNK)
        # In a shorter one nothing may be seen of any of the data.
        if last > begin:
            spoilt = clean[:last].rstrip(b"\xff") + _JUNK + clean[end:]
            if np.array_equal(opencv.decode(spoilt), pixels):
                raise ValueError(f"the last {len(_JUNK)} bytes of a scan are not used")
    return pixels


def _mixed(inks: Pixels) -> Pixels:
    """Four inks, inverted as Adobe's programs store them, to RGB: what TensorFlow makes of them."""
    black = inks[..., 3:].astype(np.uint16)
    return (inks[..., :3] * black // 255).astype(np.uint8)
