"""JPEG files rewritten: without harmless faults, and with codes that reveal invalid ones."""

import re
from collections.abc import Callable

from components.faces.jpeg_markers import (
    APP0,
    APP14,
    DHT,
    EOI,
    FRAMES,
    LENGTH_BYTES,
    SOF2,
    SOS,
    START,
    scan_data,
    segments,
)

_END = bytes([0xFF, EOI])
_HEAD = 2 + LENGTH_BYTES  # Bytes of a segment before its payload.

# The version in a JFIF segment, of which libjpeg knows 1.x, and the transform in Adobe's. For an
# unknown one libjpeg assumes, after a warning, YCbCr for three channels and YCCK for four.
_JFIF, _JFIF_VERSION = b"JFIF\0", _HEAD + 5
_ADOBE, _TRANSFORM = b"Adobe", _HEAD + 11
_TRANSFORMS = {3: (0, 1), 4: (0, 2)}  # By channels: the known ones, last that of an unknown one.
_SEQUENTIAL = bytes([0, 63, 0])  # First and last coefficient, bits.

# Zeros before a restart marker or the end of a scan: padding, as some cameras write it. A zero
# behind 0xff belongs to that byte. Each run of zeros is searched once.
_PADDING = re.compile(rb"(?:(?<=\xff\0)|(?<![\xff\0]))\0++(?=\xff++[\xd0-\xd7]|\Z)")
_MAX_DATA_ZEROS = 4  # Bytes at the end of the last scan that may be data: codes of zeros are short.
_LEFT_OVER = re.compile(r"(\d+) extraneous bytes before marker 0xd9")

_CODE_BITS = 16  # The longest Huffman code.
_MAX_CODES = 256
_FILLING = {0: 11, 1: 0x0A}  # By table class, DC and AC: the symbol of a large coefficient.


def without_header_faults(encoded: bytes, _: str) -> bytes:
    """The file without what libjpeg warns of outside the data.

    That is stray bytes between segments, an unknown JFIF version, an unknown Adobe transform,
    wrong values where a sequential scan has constants, and zeros that fill up a restart interval
    or follow a scan.
    """
    parts = [START]
    found = list(segments(encoded))
    channels = next(encoded[start + _HEAD + 5] for mark, start, *_ in found if mark in FRAMES)
    is_progressive = any(mark == SOF2 for mark, *_ in found)
    for marker, start, end in found:
        segment = bytearray(encoded[start:end])
        if marker == APP0 and segment.startswith(_JFIF, _HEAD):
            segment[_JFIF_VERSION] = 1
        elif marker == APP14 and segment.startswith(_ADOBE, _HEAD) and len(segment) > _TRANSFORM:
            known = _TRANSFORMS.get(channels, ())
            if known and segment[_TRANSFORM] not in known:
                segment[_TRANSFORM] = known[-1]
        elif marker == SOS and not is_progressive:
            segment[-3:] = _SEQUENTIAL
        parts += [bytes(segment), _PADDING.sub(_without_padding, scan_data(encoded, marker, end))]
    return b"".join([*parts, _END])


def _without_padding(zeros: re.Match[bytes]) -> bytes:
    ends_the_scan = zeros.end() == len(zeros.string)
    return zeros[0][:_MAX_DATA_ZEROS] if ends_the_scan else b""


def without_left_over(encoded: bytes, warning: str) -> bytes:
    """The file without the bytes behind its data that libjpeg's warning counts, if all are zeros.

    Other bytes are data that were left over, because those before them were misread.
    """
    match = _LEFT_OVER.search(warning)
    *_, (marker, _, start) = segments(encoded)
    end = start + len(scan_data(encoded, marker, start))
    start = end - int(match[1]) if match else end
    return encoded[:start] + encoded[start:end].lstrip(b"\0") + encoded[end:]


# Each takes the file and libjpeg's first warning.
REPAIRS: tuple[Callable[[bytes, str], bytes], ...] = (without_header_faults, without_left_over)


def with_filled_codes(encoded: bytes) -> bytes:
    """The same picture, of other pixels if its data contain an invalid code that is not all ones.

    Bits without a meaning get one, as far as the format permits: in all tables that are usual
    nothing remains but a code of sixteen ones.
    """
    parts = [START]
    for marker, start, end in segments(encoded):
        if marker == DHT:
            parts += [encoded[start : start + 2], _filled(encoded[start + _HEAD : end])]
        else:
            parts.append(encoded[start:end])
        parts.append(scan_data(encoded, marker, end))
    return b"".join([*parts, _END])


def with_marked_ones(encoded: bytes) -> bytes:
    """The same data, for which libjpeg warns if they contain a code of sixteen ones.

    Such a code holds a byte 0xff, which is followed by a zero in the file. With another 0xff before
    it, libjpeg still reads one byte, in the routine that warns of invalid codes; the pixels of
    this form are of no use.
    """
    parts = [START]
    for marker, start, end in segments(encoded):
        data = scan_data(encoded, marker, end).replace(b"\xff\0", b"\xff\xff\0")
        parts += [encoded[start:end], data]
    return b"".join([*parts, _END])


def _filled(tables: bytes) -> bytes:
    """A segment's length and its Huffman tables (T.81, B.2.4.2), with all codes but the last."""
    filled = b""
    while tables:
        counts = tables[1 : 1 + _CODE_BITS]
        end = 1 + _CODE_BITS + sum(counts)
        more = _more_codes(counts)
        filling = bytes([_FILLING.get(tables[0] >> 4, 0)]) * sum(more)
        filled += tables[:1] + bytes(a + b for a, b in zip(counts, more, strict=True))
        filled += tables[1 + _CODE_BITS : end] + filling
        tables = tables[end:]
    return (LENGTH_BYTES + len(filled)).to_bytes(LENGTH_BYTES) + filled


def _more_codes(counts: bytes) -> list[int]:
    """By length, how many codes can follow the last one; a code of ones alone is forbidden."""
    longest = max((length for length, count in enumerate(counts, 1) if count), default=_CODE_BITS)
    free = (1 << _CODE_BITS) - sum(n << _CODE_BITS - size for size, n in enumerate(counts, 1))
    room = _MAX_CODES - sum(counts)
    more = [0] * _CODE_BITS
    for length in range(longest, _CODE_BITS + 1):
        width = 1 << _CODE_BITS - length  # Of the space of all codes.
        more[length - 1] = min((free - 1) // width, room, 255 - counts[length - 1])
        free -= more[length - 1] * width
        room -= more[length - 1]
    return more
