"""What JPEG and PNG headers share: the limit of their size, and the EXIF orientation."""

import struct
from collections.abc import Iterator

from schemas.errors import ImageError

UPRIGHT = 1
EXIF_START = b"Exif\0\0"
_ORDERS = {b"II": "<", b"MM": ">"}
_ORIENTATION = 0x0112  # TIFF tag 274 (Exif 2.3, table 4).
_INTEGERS = {3: "H", 4: "I"}  # TIFF field types SHORT and LONG.
_ENTRY_BYTES = 12


def check_size(height: int, width: int, max_pixels: int) -> None:
    """Check a picture's size before anything else is read.

    Raises:
      ImageError: `image_unreadable` if a side is zero, `image_too_large` above `max_pixels`.
    """
    if not height or not width:
        raise ImageError(
            "image_unreadable", f"{width}x{height} pixels, expected at least one; replace the file"
        )
    if height * width > max_pixels:
        raise ImageError(
            "image_too_large", f"{width}x{height} pixels, over images.max_pixels={max_pixels}"
        )


def orientation(exif: bytes) -> int:
    """The orientation of EXIF data, 1 to 8; upright if it is missing or invalid.

    Of the whole EXIF only the first directory is read, once, so that data made to take long
    cannot.

    Args:
      exif: a TIFF structure, with or without the six bytes that precede it in a JPEG.
    """
    found = UPRIGHT
    for tag, kind, count, value in _entries(exif.removeprefix(EXIF_START)):
        if tag == _ORIENTATION:
            found = value if kind in _INTEGERS and count == 1 else UPRIGHT
    return found if found in range(1, 9) else UPRIGHT


def _entries(tiff: bytes) -> Iterator[tuple[int, int, int, int]]:
    """(tag, field type, number of values, value) of the first directory, as far as it reaches."""
    order = _ORDERS.get(tiff[:2])
    if order is None or len(tiff) < 8:
        return
    (start,) = struct.unpack_from(order + "I", tiff, 4)
    (count,) = struct.unpack(order + "H", tiff[start : start + 2].ljust(2, b"\0"))
    for begin in range(start + 2, start + 2 + count * _ENTRY_BYTES, _ENTRY_BYTES):
        entry = tiff[begin : begin + _ENTRY_BYTES]
        if len(entry) < _ENTRY_BYTES:
            return
        tag, kind, values = struct.unpack_from(order + "HHI", entry)
        (value,) = struct.unpack_from(order + _INTEGERS.get(kind, "I"), entry, 8)
        yield tag, kind, values, value
