"""The chunks of a PNG file (PNG specification, third edition), checked before any decoder runs."""

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from components.faces import headers
from schemas.errors import ImageError

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER, _DATA, _END, _EXIF = b"IHDR", b"IDAT", b"IEND", b"eXIf"
_CRITICAL = frozenset({_HEADER, b"PLTE", _DATA, _END})
_ANIMATION = frozenset({b"acTL", b"fcTL", b"fdAT"})
_PACKED_TEXT = b"zTXt"
_TEXTS = frozenset({b"tEXt", _PACKED_TEXT})
_EXIF_KEYWORD = b"Raw profile type exif\0"  # How ImageMagick stores EXIF: as hexadecimal digits.
_PROFILE_LINES = 3  # Before the digits: an empty one, the profile's name and its length.
_MAX_PROFILE = 1 << 18  # Characters; a JPEG's EXIF has 64 KiB at most.
_HEADER_CHUNK_BYTES = 25
_FRAME = struct.Struct(">I4s")  # Length and name, before a chunk's content.
_LENGTH_BYTES = 4  # The checksum covers all behind it.
_CHECK_BYTES = 4
_MAX_CHUNKS = 100_000  # A picture of 30 MB in data chunks of 300 bytes.


class Png(NamedTuple):
    """A PNG picture reduced to the chunks that carry its pixels."""

    height: int  # Pixels, as stored.
    width: int
    orientation: int  # EXIF, 1 to 8.
    encoded: bytes  # The critical chunks alone, in their order.
    is_unusual: bool  # Animated, or with a damaged chunk that was left out.


class _Chunk(NamedTuple):
    name: bytes
    start: int  # Offset of its length field.
    end: int
    is_intact: bool  # Its checksum is right.


def read(encoded: bytes, max_pixels: int) -> Png:
    """Check all chunks, and keep those that carry the pixels.

    Text, colour profiles and animation are left out: no decoder can fail or take long over what it
    does not receive. Damage in them does not concern the picture.

    Raises:
      ImageError: `image_too_large` by the header; `image_unreadable`: no closing chunk, a chunk
        with a wrong checksum, an unknown critical chunk, or interrupted picture data.
    """
    _check_header(encoded, max_pixels)
    exif = profile = b""
    kept = [SIGNATURE]
    names = []
    is_unusual = False
    for chunk in _chunks(encoded):
        names.append(chunk.name)
        if _is_critical(chunk):
            kept.append(encoded[chunk.start : chunk.end])
        elif not chunk.is_intact or chunk.name in _ANIMATION:
            is_unusual = True
        elif chunk.name == _EXIF:
            exif = _content(encoded, chunk)
        elif chunk.name in _TEXTS:
            profile = profile or _exif_of_text(chunk.name, _content(encoded, chunk))
    _check_order(names)
    height, width = _size(encoded)
    orientation = headers.orientation(exif or profile)
    return Png(height, width, orientation, b"".join(kept), is_unusual)


def _check_header(encoded: bytes, max_pixels: int) -> None:
    first = next(_chunks(encoded))
    if first.name != _HEADER or first.end - first.start != _HEADER_CHUNK_BYTES:
        raise ImageError(
            "image_unreadable", "broken: a PNG that does not begin with its header (IHDR)"
        )
    _is_critical(first)
    headers.check_size(*_size(encoded), max_pixels)


def _size(encoded: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from(">II", encoded, len(SIGNATURE) + _FRAME.size)
    return height, width


def _content(encoded: bytes, chunk: _Chunk) -> bytes:
    return encoded[chunk.start + _FRAME.size : chunk.end - _CHECK_BYTES]


def _chunks(encoded: bytes) -> Iterator[_Chunk]:
    """The chunks up to the closing one.

    Raises:
      ImageError: `image_unreadable` at the end of the bytes before a closing chunk, or above the
        limit of their number.
    """
    view = memoryview(encoded)  # A slice of it is no copy.
    start = len(SIGNATURE)
    for _ in range(_MAX_CHUNKS):
        content = start + _FRAME.size
        if content > len(encoded):
            raise ImageError("image_unreadable", "the data end early: no closing chunk (IEND)")
        length, name = _FRAME.unpack_from(encoded, start)
        check = content + length
        end = check + _CHECK_BYTES
        if end > len(encoded):
            raise ImageError(
                "image_unreadable",
                f"the data end early: chunk {name!r} at offset {start} has {length} bytes, and "
                f"{max(0, len(encoded) - content)} remain",
            )
        expected = int.from_bytes(encoded[check:end])
        is_intact = zlib.crc32(view[start + _LENGTH_BYTES : check]) == expected
        yield _Chunk(name, start, end, is_intact)
        if name == _END:
            return
        start = end
    raise ImageError("image_unreadable", f"more than {_MAX_CHUNKS} chunks; save the picture again")


def chunk_contents(encoded: bytes, name: bytes) -> Iterator[bytes]:
    """The contents of the chunks of one name."""
    return (_content(encoded, chunk) for chunk in _chunks(encoded) if chunk.name == name)


def _is_critical(chunk: _Chunk) -> bool:
    """Whether a chunk carries pixels; checks the checksum of those, and that they are known."""
    if chunk.name in _CRITICAL:
        if not chunk.is_intact:
            raise ImageError(
                "image_unreadable",
                f"the checksum of chunk {chunk.name!r} at offset {chunk.start} does not fit its "
                "content: it was damaged; replace the file",
            )
        return True
    if not chunk.name.isalpha() or chunk.name[:1].isupper():
        raise ImageError(
            "image_unreadable",
            f"broken: unknown critical chunk {chunk.name!r} at offset {chunk.start}",
        )
    return False


def _check_order(names: list[bytes]) -> None:
    """Check that there is one header, and that there are data which no other chunk interrupts."""
    if names.count(_HEADER) > 1:
        raise ImageError("image_unreadable", "broken: a PNG with several headers (IHDR)")
    count = names.count(_DATA)
    if not count:
        raise ImageError("image_unreadable", "broken: a PNG without picture data (IDAT)")
    first = names.index(_DATA)
    if names[first : first + count] != [_DATA] * count:
        raise ImageError(
            "image_unreadable", "broken: the picture data (IDAT) are interrupted by other chunks"
        )


def _exif_of_text(name: bytes, content: bytes) -> bytes:
    """The EXIF data of a text chunk, empty if it holds none."""
    if not content.startswith(_EXIF_KEYWORD):
        return b""
    text = content[len(_EXIF_KEYWORD) :]
    try:
        if name == _PACKED_TEXT:
            text = zlib.decompressobj().decompress(text[1:], _MAX_PROFILE)
        digits = b"".join(text[:_MAX_PROFILE].split(b"\n")[_PROFILE_LINES:])
        return bytes.fromhex(digits.decode("ascii"))
    except (ValueError, zlib.error):
        return b""
