"""Parts of JPEG files, and files assembled from them byte by byte (ITU-T T.81, annex B)."""

import io
import re
import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from tests.components.faces.outcomes import Pixels, jpeg

SOF0, SOF2, DHT, SOS, DQT, APP0 = 0xC0, 0xC2, 0xC4, 0xDA, 0xDB, 0xE0  # Second byte of each marker.
START, END = b"\xff\xd8", b"\xff\xd9"

_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")  # Ends a scan: no stuffing, no restart.
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")


class Segment(NamedTuple):
    """One marker segment, as offsets."""

    marker: int
    start: int
    data: int  # Of a scan: where its entropy-coded data begin.
    end: int


def segments(content: bytes) -> Iterator[Segment]:
    """The segments of a whole JPEG between its start and its end."""
    start = len(START)
    while content[start : start + 2] != END:
        data = start + 2 + int.from_bytes(content[start + 2 : start + 4])
        match = _MARKER.search(content, data)
        assert match is not None
        yield Segment(content[start + 1], start, data, match.start())
        start = match.start()


def segments_of(content: bytes, marker: int) -> list[Segment]:
    """The segments with one marker."""
    return [segment for segment in segments(content) if segment.marker == marker]


def without(content: bytes, marker: int) -> bytes:
    """The file without the segments with one marker."""
    for segment in reversed(segments_of(content, marker)):
        content = content[: segment.start] + content[segment.end :]
    return content


def patched(content: bytes, position: int, replacement: bytes) -> bytes:
    """The file with bytes overwritten from a position on."""
    return content[:position] + replacement + content[position + len(replacement) :]


def inserted(content: bytes, position: int, addition: bytes) -> bytes:
    """The file with bytes inserted at a position."""
    return content[:position] + addition + content[position:]


def with_app(content: bytes, number: int, payload: bytes) -> bytes:
    """The file with an application segment before all others."""
    head = bytes([0xFF, 0xE0 + number]) + struct.pack(">H", len(payload) + 2)
    return inserted(content, len(START), head + payload)


def resized_header(content: bytes, height: int, width: int) -> bytes:
    """The file with another size in its header; the data stay."""
    frame = next(segment for segment in segments(content) if segment.marker in (SOF0, SOF2))
    return patched(content, frame.start + 5, struct.pack(">HH", height, width))


def restarts(content: bytes) -> list[int]:
    """Offsets of the restart markers."""
    (scan,) = segments_of(content, SOS)
    return [match.start() for match in _RESTART.finditer(content, scan.data)]


def exif(entry: bytes, order: str = "<") -> bytes:
    """The payload of an APP1 segment with one entry of 12 bytes (Exif 2.3, 4.6.2)."""
    mark = b"II*\0" if order == "<" else b"MM\0*"
    return b"Exif\0\0" + mark + struct.pack(order + "IH", 8, 1) + entry + bytes(4)


def exif_orientation(orientation: int, order: str = "<") -> bytes:
    """The same with an orientation: tag 0x0112, one SHORT."""
    return exif(struct.pack(order + "HHIHH", 0x0112, 3, 1, orientation, 0), order)


def exif_thumbnail(thumbnail: bytes) -> bytes:
    """The same with a picture in the second directory, as cameras write it."""
    offset = 8 + 2 + 4 + 2 + 2 * 12 + 4
    second = [(0x0201, 4, 1, offset), (0x0202, 4, 1, len(thumbnail))]
    entries = b"".join(struct.pack("<HHII", *entry) for entry in second)
    head = struct.pack("<IHI", 8, 0, 14) + struct.pack("<H", len(second))
    return b"Exif\0\0II*\0" + head + entries + bytes(4) + thumbnail


def cmyk(pixels: Pixels) -> bytes:
    """CMYK, inverted as Adobe's programs store it: no black, the other inks from RGB."""
    return _cmyk_of(255 - pixels)


def ycck(pixels: Pixels) -> bytes:
    """The same with the three colours stored as luminance and chrominance."""
    converted = np.asarray(Image.fromarray(255 - pixels).convert("YCbCr"))
    content = _cmyk_of(255 - converted)
    return patched(content, content.index(b"Adobe") + 11, b"\2")  # Transform 2 of APP14.


def _cmyk_of(ink: npt.NDArray[Any]) -> bytes:
    planes = np.dstack([ink, np.zeros(ink.shape[:2], np.uint8)])
    buffer = io.BytesIO()
    Image.fromarray(planes, "CMYK").save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


def scan_by_channel(pixels: Pixels) -> tuple[bytes, list[bytes]]:
    """A baseline JPEG with one scan a channel: all up to the scans, and the scans.

    The data of a scan with one channel have the layout of a grey picture, so three grey pictures
    provide them; all of them use the same standard tables.
    """
    height, width = pixels.shape[:2]
    planes = Image.fromarray(pixels).convert("YCbCr").split()
    greys = [jpeg(np.asarray(plane), "L") for plane in planes]
    (frame,), (first,) = segments_of(greys[0], SOF0), segments_of(greys[0], SOS)
    channels = b"".join(bytes([number, 0x11, 0]) for number in (1, 2, 3))
    size = struct.pack(">HBHHB", 17, 8, height, width, 3)
    head = greys[0][: frame.start] + bytes([0xFF, SOF0]) + size + channels
    head += greys[0][frame.end : first.start]
    scans = []
    for number, grey in enumerate(greys, start=1):
        (scan,) = segments_of(grey, SOS)
        select = struct.pack(">HB", 8, 1) + bytes([number, 0, 0, 63, 0])
        scans.append(bytes([0xFF, SOS]) + select + grey[scan.data : scan.end])
    return head, scans
