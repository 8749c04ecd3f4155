"""The marker segments of a JPEG file (ITU-T T.81, annex B), separated as libjpeg separates them."""

import re
from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

from components.faces import headers
from schemas.errors import ImageError

START = b"\xff\xd8"
# Second bytes of the markers (T.81, table B.1).
SOF0, SOF1, SOF2, DHT, SOS, DQT, DRI = 0xC0, 0xC1, 0xC2, 0xC4, 0xDA, 0xDB, 0xDD
_JPG, _DAC, _DNL, _COM, _TEM, EOI = 0xC8, 0xCC, 0xDC, 0xFE, 0x01, 0xD9
APP0, APP1, APP14 = 0xE0, 0xE1, 0xEE
_RESTARTS = range(0xD0, 0xD8)
FRAMES = (SOF0, SOF1, SOF2)  # Huffman codes: baseline, extended sequential, progressive.
_OTHER_FRAMES = frozenset(range(SOF0, SOF0 + 16)) - {*FRAMES, DHT, _JPG, _DAC}
_WITH_LENGTH = frozenset({*FRAMES, DHT, SOS, DQT, DRI, _DAC, _DNL, _COM, *range(APP0, APP0 + 16)})
_WITHOUT_LENGTH = frozenset({_TEM, *_RESTARTS})
LENGTH_BYTES = 2

# Any number of 0xff may precede a marker. These patterns match the last one of them: a search for
# the first takes quadratic time, and a file can have millions.
_MARKER = re.compile(rb"\xff[^\x00\xff]")
_SCAN_END = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")  # Neither a stuffed byte nor a restart.
_ALL = (1 << 64) - 1  # The coefficients of a block, as bits.
_BLOCK = 8  # Pixels.
_DEPTH = 8  # Bits of each channel.
_CHANNELS = (1, 3, 4)  # Grey, colour, CMYK.
_FRAME_BYTES, _CHANNEL_BYTES = 6, 3  # Of a frame's header, and of each channel behind it.

# Limits against files made to take long; each scan costs a pass over the whole picture.
MAX_SCANS = 100  # libjpeg writes 10.
_MAX_STRAY = 65_536  # Bytes between two segments.
_MAX_SEGMENTS = 10_000  # A long XMP or colour profile takes some hundred.


class Frame(NamedTuple):
    """The header of a JPEG picture."""

    height: int  # Pixels, as stored.
    width: int
    channels: int
    orientation: int  # EXIF, 1 to 8.
    first_scan: int  # Offset of the marker of the first scan.
    # Number of MCUs, the units of the codes, that no restart marker divides; 0 if progressive.
    longest_run: int


Segment = tuple[int, int, int]


def segments(encoded: bytes) -> Iterator[Segment]:
    """The segments between the start and the first end marker; stray bytes between are skipped.

    Yields:
      The marker's second byte, the offset of the marker, and of the segment's end, where the data
      of a scan begin. A plain tuple, because every picture passes here.

    Raises:
      ImageError: `image_unreadable` at a marker that is misplaced or belongs to an unsupported
        coding, at the end of the bytes before an end marker, or above the limits.
    """
    position = len(START)
    for _ in range(_MAX_SEGMENTS):
        match = _MARKER.search(encoded, position, position + _MAX_STRAY)
        if match is None:
            raise ImageError(
                "image_unreadable", f"the data end early: no marker after offset {position}"
            )
        start, position = match.span()
        marker = encoded[start + 1]
        if marker in _WITH_LENGTH:
            end = position + int.from_bytes(encoded[position : position + LENGTH_BYTES])
            yield marker, start, end
            position = _scan_end(encoded, end) if marker == SOS else end
        elif marker == EOI:
            return
        elif marker not in _WITHOUT_LENGTH:
            raise _refusal(marker)
    raise ImageError(
        "image_unreadable", f"more than {_MAX_SEGMENTS} segments; save the picture again"
    )


def payload(encoded: bytes, start: int, end: int) -> bytes:
    """The content of a segment, without its marker and length."""
    return encoded[start + 2 + LENGTH_BYTES : end]


def scan_data(encoded: bytes, marker: int, end: int) -> bytes:
    """The data behind a segment that ends at `end`; empty unless it is a scan's."""
    return encoded[end : _scan_end(encoded, end)] if marker == SOS else b""


def _scan_end(encoded: bytes, position: int) -> int:
    match = _SCAN_END.search(encoded, position)
    return match.start() if match else len(encoded)


def _refusal(marker: int) -> ImageError:
    if marker in _OTHER_FRAMES:
        return ImageError(
            "image_unreadable",
            f"a JPEG of kind SOF{marker - SOF0} (lossless, hierarchical or arithmetic), expected "
            "Huffman codes, baseline or progressive (SOF0 to SOF2); save it as one of these",
        )
    return ImageError("image_unreadable", f"broken: marker 0xff{marker:02x} inside the picture")


def read(encoded: bytes, max_pixels: int) -> Frame:
    """Read the header; check that the scans complete every channel, and that they are few.

    Decoders read channels and bits that no scan carries as zero, without a warning. The data of
    the scans are not checked here.

    Raises:
      ImageError: `image_too_large` by the header; `image_unreadable`: as `segments`, an unusable
        header, an incomplete channel, or too many scans.
    """
    frame, exif, interval = b"", b"", b""
    is_progressive = False
    stream = segments(encoded)
    for marker, start, end in stream:
        if marker in FRAMES:
            frame, is_progressive = _frame(encoded, start, end, max_pixels), marker == SOF2
        elif marker == APP1 and not exif:
            content = payload(encoded, start, end)
            if content.startswith(headers.EXIF_START):
                exif = content.removeprefix(headers.EXIF_START)
        elif marker == DRI:
            interval = payload(encoded, start, end)
        elif marker == SOS:
            break
    else:
        raise ImageError("image_unreadable", "broken: a JPEG without a scan, expected picture data")
    if not frame:
        raise ImageError("image_unreadable", "broken: a JPEG without the header of its frame (SOF)")
    first = payload(encoded, start, end)
    scans = chain([first], _scans(encoded, stream))
    _check_scans(frame, scans, is_progressive=is_progressive)
    is_divided = is_progressive or any(interval)
    height, width, channels = _size(frame)
    return Frame(
        height,
        width,
        channels,
        headers.orientation(exif) if exif else headers.UPRIGHT,
        start,
        0 if is_divided else _mcus(frame, is_interleaved=1 < channels == first[0]),
    )


def _size(frame: bytes) -> tuple[int, int, int]:
    """Height, width and number of channels."""
    return int.from_bytes(frame[1:3]), int.from_bytes(frame[3:5]), frame[5]


def _frame(encoded: bytes, start: int, end: int, max_pixels: int) -> bytes:
    """The payload of a frame's header, whose fields have been checked."""
    frame = payload(encoded, start, end)
    if len(frame) < _FRAME_BYTES or len(frame) != _FRAME_BYTES + frame[5] * _CHANNEL_BYTES:
        raise ImageError("image_unreadable", "broken: the frame's header has a wrong length")
    height, width, channels = _size(frame)
    if frame[0] != _DEPTH or channels not in _CHANNELS:
        raise ImageError(
            "image_unreadable",
            f"a JPEG of {channels} channels of {frame[0]} bits, expected 1, 3 or 4 channels of "
            f"{_DEPTH} bits; save it as such",
        )
    headers.check_size(height, width, max_pixels)
    return frame


def _mcus(frame: bytes, *, is_interleaved: bool) -> int:
    """The number of MCUs of the first scan, or of any scan of fewer channels, if that is larger."""
    height, width, _ = _size(frame)
    factors = frame[_FRAME_BYTES + 1 :: _CHANNEL_BYTES]
    high = _BLOCK * (max(factor & 15 for factor in factors) or 1 if is_interleaved else 1)
    wide = _BLOCK * (max(factor >> 4 for factor in factors) or 1 if is_interleaved else 1)
    return -(-height // high) * -(-width // wide)


def _scans(encoded: bytes, stream: Iterator[Segment]) -> Iterator[bytes]:
    return (payload(encoded, start, end) for marker, start, end in stream if marker == SOS)


def _check_scans(frame: bytes, scans: Iterator[bytes], *, is_progressive: bool) -> None:
    missing = dict.fromkeys(frame[_FRAME_BYTES::_CHANNEL_BYTES], _ALL)  # Coefficients, by channel.
    for count, scan in enumerate(scans, start=1):
        completed = _completed(scan) if is_progressive else _ALL
        for channel in missing.keys() & scan[1:-3:2]:
            missing[channel] &= ~completed
        if count == 1 and not any(missing.values()):
            return  # The usual case; libjpeg reads no second scan then.
        if count > MAX_SCANS:
            raise ImageError(
                "image_unreadable", f"more than {MAX_SCANS} scans; save the picture again"
            )
    if any(missing.values()):
        channels = [channel for channel in missing if missing[channel]]
        raise ImageError(
            "image_unreadable", f"the data end early: no scan completes the channels {channels}"
        )


def _completed(scan: bytes) -> int:
    """The coefficients that a progressive scan carries down to their last bit, as bits."""
    if len(scan) < 3 or scan[-1] & 15:
        return 0
    return (1 << scan[-2] + 1) - (1 << scan[-3])
